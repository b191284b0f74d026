"""The model of pytorch.py and its loss under torch.compile, for shapes that differ from batch to batch.

A further argument is the mode, as in reduce-overhead.
"""

import sys

import torch

import peer
from pytorch import Transformer

if __name__ == "__main__":
    peer.main(Transformer, loss=torch.compile(peer.loss_sum, dynamic=True, mode=(sys.argv[2:] or [None])[0]))

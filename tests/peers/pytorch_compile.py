"""The model of pytorch.py and its loss under torch.compile, for shapes that differ from batch to batch."""

import torch

import peer
from pytorch import Transformer

if __name__ == "__main__":
    peer.main(Transformer, loss=torch.compile(peer.loss_sum, dynamic=True))

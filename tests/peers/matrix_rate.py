"""No trainer: FLOP/s of large matrix products, the measure of what the machine could do in the same session."""

import time

import torch

import peer

SIDE = 1024
SECONDS = 0.3


def best_rate(dtype):
    a = torch.ones(SIDE, SIDE, dtype=dtype)
    product = a @ a
    best, begin = float("inf"), time.perf_counter()
    while (start := time.perf_counter()) - begin < SECONDS:
        torch.mm(a, a, out=product)
        best = min(best, time.perf_counter() - start)
    return 2 * SIDE**3 / best


if __name__ == "__main__":
    peer.configure()
    peer.serve(lambda _: {"fp32": best_rate(torch.float32), "bf16": best_rate(torch.bfloat16)})

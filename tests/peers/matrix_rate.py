"""No trainer: FLOP/s of large matrix products, the measure of what the machine could do in the same session."""

import time

import torch

import peer

SIDES = {"cpu": 1024, "cuda": 8192}
SECONDS = 0.3


def best_seconds(work):
    """Of one call, the shortest of those that fit into SECONDS."""
    work()
    peer.synchronise()
    best, begin = float("inf"), time.perf_counter()
    while (start := time.perf_counter()) - begin < SECONDS:
        work()
        peer.synchronise()
        best = min(best, time.perf_counter() - start)
    return best


def best_rate(dtype):
    side = SIDES[torch.get_default_device().type]
    a = torch.randn(side, side).to(dtype)
    product = a @ a
    return 2 * side**3 / best_seconds(lambda: torch.mm(a, a, out=product))


if __name__ == "__main__":
    peer.configure()
    peer.serve(lambda _: {"fp32": best_rate(torch.float32), "bf16": best_rate(torch.bfloat16)})

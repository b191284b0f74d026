"""No trainer: FLOP/s of large matrix products, the measure of what the machine did in the same session.

Over a second, as trainers are measured over seconds; and of the best call. On a shared machine these differ: calls in
bfloat16 were seen to take one of two times, one of them three times the other, probably as another user of the processor
had its matrix unit or had not. The first is a throughput under that load, no bound."""

import time

import torch

import peer

SIDES = {"cpu": 1024, "cuda": 8192}
SECONDS = 1.0


def call_seconds(work):
    """Of each of the calls that fit into SECONDS."""
    work()
    peer.synchronise()
    seconds, begin = [], time.perf_counter()
    while (start := time.perf_counter()) - begin < SECONDS:
        work()
        peer.synchronise()
        seconds.append(time.perf_counter() - start)
    return seconds


def rates(dtype):
    """(over a second, of the best call)"""
    side = SIDES[torch.get_default_device().type]
    a = torch.randn(side, side).to(dtype)
    product = a @ a
    seconds = call_seconds(lambda: torch.mm(a, a, out=product))
    flops = 2 * side**3
    return flops * len(seconds) / sum(seconds), flops / min(seconds)


def answer(_):
    answers = {}
    for precision, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16)):
        answers[precision], answers[precision + "_best"] = rates(dtype)
    return answers


if __name__ == "__main__":
    peer.configure()
    peer.serve(answer)

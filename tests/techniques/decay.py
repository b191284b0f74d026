"""Learning rates of every update, for decay_test.cc.

Reads a JSON array of {"level", "total", "learning_rate", options…}; prints, for each, the rates by PyTorch's own schedulers
(null where it has none) and by the formulas of the get_*_schedule functions of transformers, through LambdaLR.

Those formulas give the first update a rate of 0. A warm-up of W updates is theirs of W + 1 without the first.
"""

import json
import math
import sys
import warnings

import torch
from torch.optim import lr_scheduler

warnings.filterwarnings("ignore")


def rates(setting, make, updates):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=setting["learning_rate"])
    scheduler = make(optimizer)
    values = []
    for _ in range(updates):
        values.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return values


def whole(fraction, total):
    return math.floor(fraction * total + 0.5)


def torch_decay(setting, length):
    low, rate = setting["min_fraction"], setting["learning_rate"]
    level = setting["level"]
    if level == "constant":
        return lambda o: lr_scheduler.ConstantLR(o, factor=1)
    if level == "cosine":
        return lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=length, eta_min=low * rate)
    if level == "linear":
        return lambda o: lr_scheduler.LinearLR(o, start_factor=1, end_factor=low, total_iters=length)
    if level == "polynomial" and low == 0:
        return lambda o: lr_scheduler.PolynomialLR(o, total_iters=length, power=setting["power"])
    return None


def by_torch(setting, warmup):
    total = setting["total"]
    decay = torch_decay(setting, total - warmup)
    if decay is None:
        return None
    rise = []
    if warmup > 0:
        linear = lambda o: lr_scheduler.LinearLR(o, start_factor=1 / (warmup + 1), total_iters=warmup)
        rise = rates(setting, linear, warmup)
    return rise + rates(setting, decay, total - warmup)


def transformers_factor(setting, step, warmup, total):
    """Of the step after the warm-up."""
    level, low = setting["level"], setting["min_fraction"]
    if level == "constant":
        return 1
    if level == "inverse_sqrt":
        return 1 / math.sqrt((step + 1) / (warmup + 1))
    if level == "warmup_stable_decay":
        decay = min(whole(setting["decay_fraction"], total), total - warmup)
        if step < total - decay:
            return 1
        return (1 - (step - (total - decay)) / decay) * (1 - low) + low
    progress = (step - warmup) / (total - warmup)
    shape = {
        "cosine": lambda: 0.5 * (1 + math.cos(math.pi * progress)),
        "linear": lambda: (total - step) / (total - warmup),
        "polynomial": lambda: (1 - progress) ** setting["power"],
    }[level]()
    return shape * (1 - low) + low


def by_transformers(setting, warmup):
    total = setting["total"]

    def factor(step):
        if step < warmup:
            return (step + 1) / (warmup + 1)
        return transformers_factor(setting, min(step, total - 1), warmup, total)

    return rates(setting, lambda o: lr_scheduler.LambdaLR(o, factor), total)


def values(setting):
    warmup = min(whole(setting["warmup_fraction"], setting["total"]), setting["total"] - 1)
    return {"torch": by_torch(setting, warmup), "transformers": by_transformers(setting, warmup)}


json.dump([values(setting) for setting in json.load(sys.stdin)], sys.stdout)

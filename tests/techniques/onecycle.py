"""OneCycleLR's values of every step, for the settings given as a JSON array on stdin; prints a JSON array of [lr, momentum]."""

import json
import sys
import warnings

import torch

warnings.filterwarnings("ignore")


def values(setting):
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.Adam([parameter], lr=1.0, betas=(0.9, 0.999))
    total = setting.pop("total_steps")
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        max_lr=setting["max_lr"],
        total_steps=total,
        pct_start=setting["pct_start"],
        div_factor=setting["div_factor"],
        final_div_factor=setting["final_div_factor"],
        anneal_strategy=setting["anneal"],
        three_phase=setting["three_phase"],
        cycle_momentum=setting["cycle_momentum"],
        base_momentum=setting["base_momentum"],
        max_momentum=setting["max_momentum"],
    )
    steps = []
    for step in range(total):
        group = optimizer.param_groups[0]
        steps.append([group["lr"], group["betas"][0]])
        if step + 1 < total:
            optimizer.step()
            schedule.step()
    return steps


json.dump([values(setting) for setting in json.load(sys.stdin)], sys.stdout)

"""Averages by torch.optim.swa_utils.AveragedModel, for ema_torch_test.cc.

Reads {"decay", "shapes", "updates", "seed"}; writes, flattened, the parameters after each update and the averages at the end.
"""

import json
import sys

import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

case = json.load(sys.stdin)
torch.manual_seed(case["seed"])
model = torch.nn.ParameterList([torch.randn(shape) for shape in case["shapes"]])
averaged = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(case["decay"]))
flat = lambda parameters: [p.detach().reshape(-1).tolist() for p in parameters]
out = {"updates": []}
for _ in range(case["updates"]):
    with torch.no_grad():
        for parameter in model:
            parameter.add_(torch.randn_like(parameter) * 0.1)
    out["updates"].append(flat(model))
    averaged.update_parameters(model)
out["averages"] = flat(averaged.module)
json.dump(out, sys.stdout)

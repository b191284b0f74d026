"""Steps of torch.optim.Adam and AdamW with clipping, for optimizer_test.cc.

Reads a JSON object {"kind", "options", "shapes", "steps", "seed"}; writes, as JSON, the parameters at the start, all
gradients, the learning rate and beta1 of each step, the norms, and the parameters at the end, each flattened.
"""
import json
import sys

import torch

case = json.load(sys.stdin)
torch.manual_seed(case["seed"])
options = case["options"]
parameters = [torch.nn.Parameter(torch.randn(shape)) for shape in case["shapes"]]
flat = lambda tensors: [t.detach().reshape(-1).tolist() for t in tensors]
out = {"start": flat(parameters), "steps": []}
make = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[case["kind"]]
optimizer = make(parameters, lr=1, betas=(0.9, options["beta2"]), eps=options["epsilon"],
                 weight_decay=options["weight_decay"], foreach=True)
for _ in range(case["steps"]):
    group = optimizer.param_groups[0]
    group["lr"] = 1e-3 * (1 + torch.rand(()).item())
    group["betas"] = (0.85 + 0.1 * torch.rand(()).item(), options["beta2"])
    scale = 10 ** (2 * torch.rand(()).item() - 1)
    for parameter in parameters:
        parameter.grad = torch.randn_like(parameter) * scale
    step = {"lr": group["lr"], "beta1": group["betas"][0], "gradients": flat(p.grad for p in parameters)}
    if options["gradient_clip"] > 0:
        step["norm"] = torch.nn.utils.clip_grad_norm_(parameters, options["gradient_clip"]).item()
    out["steps"].append(step)
    optimizer.step()
out["end"] = flat(parameters)
json.dump(out, sys.stdout)

"""Steps of optimizers, for optimizer_torch_test.cc: torch.optim's where it has the rule, else the paper's in numpy float64.

Reads {"shapes", "steps", "seed", "cases": {name: {"rule", "options", "rate", "weight_decay", "clip", "double"}}}. Writes
{"start", "steps": [{"gradients", "rate", "momentum"}], "ends": {name: parameters}, "norms": {name: [norm]}}: tensors
flattened, all of them float32 numbers at the start. A case's learning rate is its rate times the step's. The second tensor
starts at 0; the last one's gradients are 0. Tensors of fewer than two dimensions do not decay.
"""
import json
import sys

import numpy as np
import torch


class Paper:
    """What the rules without torch.optim's share: float64 arrays, a decay for each tensor."""

    def __init__(self, parameters, options, weight_decay):
        self.parameters = [p.detach().double().numpy().copy() for p in parameters]
        self.decays = [weight_decay if p.ndim >= 2 else 0 for p in self.parameters]
        self.options = options
        self.state = [[np.zeros_like(p), np.zeros_like(p)] for p in self.parameters]
        self.updates = 0

    def step(self, gradients, rate, momentum):
        self.updates += 1
        for i, gradient in enumerate(gradients):
            self.parameters[i] = self.update(i, self.parameters[i], gradient.double().numpy(), rate, momentum)


class Lamb(Paper):
    """You et al. (2020), Algorithm 2, phi the identity."""

    def update(self, i, p, g, rate, beta1):
        beta2, epsilon = self.options["beta2"], self.options["epsilon"]
        m, v = self.state[i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        self.state[i] = [m, v]
        direction = m / (1 - beta1**self.updates) / (np.sqrt(v / (1 - beta2**self.updates)) + epsilon)
        direction = direction + self.decays[i] * p
        length, step = np.linalg.norm(p), np.linalg.norm(direction)
        trust = length / step if length > 0 and step > 0 else 1
        return p - rate * trust * direction


class Lion(Paper):
    """Chen et al. (2023), Algorithm 2."""

    def update(self, i, p, g, rate, beta1):
        m = self.state[i][0]
        direction = np.sign(beta1 * m + (1 - beta1) * g)
        self.state[i][0] = self.options["beta2"] * m + (1 - self.options["beta2"]) * g
        return p - rate * (direction + self.decays[i] * p)


class PyTorch:
    def __init__(self, parameters, rule, options, weight_decay):
        self.parameters = [torch.nn.Parameter(p.clone()) for p in parameters]
        groups = [{"params": [p for p in self.parameters if p.dim() >= 2], "weight_decay": weight_decay},
                  {"params": [p for p in self.parameters if p.dim() < 2], "weight_decay": 0}]
        self.rule, self.options = rule, options
        if rule in ("adam", "adamw"):
            make = torch.optim.Adam if rule == "adam" else torch.optim.AdamW
            self.optimizer = make(groups, lr=1, eps=options["epsilon"], foreach=False)
        elif rule == "sgd":
            self.optimizer = torch.optim.SGD(groups, lr=1, momentum=options["momentum"],
                                             nesterov=options["nesterov"], foreach=False)
        elif rule == "adafactor":
            self.optimizer = torch.optim.Adafactor(groups, lr=1, beta2_decay=options["beta2_decay"],
                                                   eps=(None, options["epsilon"]), d=options["clip_threshold"],
                                                   foreach=False)

    def step(self, gradients, rate, momentum):
        for group in self.optimizer.param_groups:
            group["lr"] = rate
            if self.rule in ("adam", "adamw"):
                group["betas"] = (momentum, self.options["beta2"])
            if self.rule == "sgd" and self.options["momentum"] > 0:
                group["momentum"] = momentum
        for parameter, gradient in zip(self.parameters, gradients):
            parameter.grad = gradient
        self.optimizer.step()


def flat(tensors):
    return [np.asarray(t.detach() if isinstance(t, torch.Tensor) else t, dtype=np.float64).reshape(-1).tolist()
            for t in tensors]


def clipped(gradients, limit):
    holders = [torch.nn.Parameter(g.clone()) for g in gradients]
    for holder in holders:
        holder.grad = holder.detach().clone()
    norm = torch.nn.utils.clip_grad_norm_(holders, limit if limit > 0 else float("inf"))
    return norm.item(), [holder.grad for holder in holders]


task = json.load(sys.stdin)
torch.set_num_threads(1)
torch.manual_seed(task["seed"])
shapes = task["shapes"]
start = [torch.randn(shape) for shape in shapes]
start[1].zero_()
steps = []
for _ in range(task["steps"]):
    gradients = [torch.randn(shape) * 10 ** (2 * torch.rand(()).item() - 1) for shape in shapes]
    gradients[-1].zero_()
    steps.append((gradients, 1 + torch.rand(()).item(), 0.85 + 0.1 * torch.rand(()).item()))
out = {"start": flat(start), "ends": {}, "norms": {},
       "steps": [{"gradients": flat(g), "rate": rate, "momentum": momentum} for g, rate, momentum in steps]}
for name, case in task["cases"].items():
    dtype = torch.double if case["double"] else torch.float
    parameters = [p.to(dtype) for p in start]
    if case["rule"] in ("lamb", "lion"):
        optimizer = {"lamb": Lamb, "lion": Lion}[case["rule"]](parameters, case["options"], case["weight_decay"])
    else:
        optimizer = PyTorch(parameters, case["rule"], case["options"], case["weight_decay"])
    out["norms"][name] = []
    for gradients, rate, momentum in steps:
        norm, gradients = clipped([g.to(dtype) for g in gradients], case["clip"])
        out["norms"][name].append(norm)
        optimizer.step(gradients, case["rate"] * rate, momentum)
    out["ends"][name] = flat(optimizer.parameters)
json.dump(out, sys.stdout)

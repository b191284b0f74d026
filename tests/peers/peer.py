"""What every Python peer shares: the batches, the loss, the update, and how it talks to compare.py.

A peer is started as `peer.py CONFIG.json`, writes a line of JSON once it is ready, and then answers each line "go N"
on its standard input with N updates and a line of JSON. It ends at the end of its input.
"""

import json
import sys
import time
from dataclasses import dataclass

import torch
import torch.nn.functional as F

UNK, PAD, SOS, EOS = range(4)


@dataclass
class Batch:
    source: torch.Tensor  # [B, S]: SOS tokens EOS PAD…
    source_padding: torch.Tensor | None  # [B, S], true at PAD; None where there is none
    target_in: torch.Tensor  # [B, T]: SOS tokens PAD…
    target_out: torch.Tensor  # [B, T]: tokens EOS PAD…
    target_tokens: int  # real, of target_out
    counts: dict


class Side:
    """The sentences of one language: ids one after another, and where each begins."""

    def __init__(self, side):
        self.offsets, self.ids = side["offsets"], side["ids"]

    def rectangle(self, sentences, prefix, suffix):
        rows = [prefix + self.ids[self.offsets[i] : self.offsets[i + 1]] + suffix for i in sentences]
        length = max(map(len, rows))
        return torch.tensor([row + [PAD] * (length - len(row)) for row in rows])


def collate(source_side, target_side, sentences):
    source = source_side.rectangle(sentences, [SOS], [EOS])
    target_out = target_side.rectangle(sentences, [], [EOS])
    padding = source == PAD
    target_tokens = int((target_out != PAD).sum())
    counts = {
        "source_tokens": int((~padding).sum()),
        "target_tokens": target_tokens,
        "padded_source_tokens": source.numel(),
        "padded_target_tokens": target_out.numel(),
    }
    target_in = target_side.rectangle(sentences, [SOS], [])
    return Batch(source, padding if padding.any() else None, target_in, target_out, target_tokens, counts)


def synchronise():
    """Waits until the device has done what was asked of it."""
    if torch.get_default_device().type == "cuda":
        torch.cuda.synchronize()


def load_batches(path, order):
    """All batches as tensors, so that collation is no part of what is timed."""
    with open(path) as file:
        data = json.load(file)
    sides = Side(data["source"]), Side(data["target"])
    return [collate(*sides, batch) for batch in data["batches"][order]], data


def loss_sum(model, batch, label_smoothing):
    logits = model(batch.source, batch.source_padding, batch.target_in)
    return F.cross_entropy(logits.flatten(0, 1).float(), batch.target_out.flatten(), ignore_index=PAD,
                           label_smoothing=label_smoothing, reduction="sum")


class Updates:
    """The same recipe for every model; `loss` is loss_sum or a compiled form of it."""

    def __init__(self, model, batches, config, loss):
        self.training = config["training"]
        self.bf16, self.device = config["precision"] == "bf16", config["device"]
        self.model, self.batches, self.loss = model.train(), batches, loss
        # Only what gets a gradient: Marian's position tables are parameters that do not.
        self.parameters = [p for p in model.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(
            self.parameters, lr=self.training["learning_rate"], eps=self.training["epsilon"], weight_decay=0,
            betas=(self.training["beta1"], self.training["beta2"]), fused=True)
        self.next = 0

    def one(self, batch):
        with torch.autocast(self.device, torch.bfloat16, enabled=self.bf16):
            loss = self.loss(self.model, batch, self.training["label_smoothing"]) / batch.target_tokens
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, self.training["gradient_clip"])
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return loss.detach()

    def run(self, updates):
        batches = [self.batches[(self.next + i) % len(self.batches)] for i in range(updates)]
        self.next += updates
        start = time.perf_counter()
        losses = [self.one(batch) for batch in batches]
        synchronise()
        seconds = time.perf_counter() - start
        answer = {key: sum(batch.counts[key] for batch in batches) for key in batches[0].counts}
        return answer | {"seconds": seconds, "loss": torch.stack(losses).mean().item()}


def peak_rss_bytes():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))


def say(**answer):
    print(json.dumps(answer | {"peak_rss_bytes": peak_rss_bytes()}), flush=True)


def configure():
    with open(sys.argv[1]) as file:
        config = json.load(file)
    torch.set_num_threads(config["threads"])
    torch.set_num_interop_threads(1)
    torch.set_flush_denormal(True)
    torch.set_default_device(config["device"])
    torch.manual_seed(config["seed"])
    return config


def serve(run, **ready):
    say(ready=True, threads=torch.get_num_threads(), **ready)
    for line in sys.stdin:
        say(**run(int(line.split()[1])))


def main(build, version="torch " + torch.__version__, loss=loss_sum):
    """`build(model_config, source_vocabulary, target_vocabulary)` makes a module that takes source, source_padding
    and target_in and returns logits [B, T, V]."""
    config = configure()
    batches, data = load_batches(config["batches"], config["order"])
    model = build(config["model"], data["source_vocabulary"], data["target_vocabulary"])
    updates = Updates(model, batches, config, loss)
    serve(updates.run, version=version, parameters=sum(p.numel() for p in updates.parameters))

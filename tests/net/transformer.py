"""The Transformer of model/net, written plainly in PyTorch: the truth that the C++ one is held to.

    transformer.py parity FILE…   the relative errors in norm of each file that the C++ test saved
    transformer.py flops CONFIG…  what PyTorch counts of the updates that JSON texts describe

Prints a JSON list with an entry an argument.
"""

import json
import math
import sys

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

PAD = 1


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        d = config["d_model"]
        self.heads = config["heads"]
        self.query, self.key, self.value, self.output = (
            nn.Linear(d, d, bias=config["attention_bias"]) for _ in range(4))

    def split(self, x):
        return x.view(x.shape[0], x.shape[1], self.heads, -1).transpose(1, 2)

    def forward(self, x, memory, hidden):
        q = self.split(self.query(x))
        k, v = self.split(self.key(memory)), self.split(self.value(memory))
        scores = torch.matmul(q, k.transpose(2, 3)) / math.sqrt(q.shape[3])
        weights = scores.masked_fill(hidden, -math.inf).softmax(3)
        return self.output(torch.matmul(weights, v).transpose(1, 2).reshape(x.shape))


class FeedForward(nn.Module):
    def __init__(self, config):
        super().__init__()
        d = config["d_model"]
        swiglu = config["activation"] == "swiglu"
        units = round(config["d_ff"] * 2 / 3) if swiglu else config["d_ff"]
        self.hidden = nn.Linear(d, units)
        self.gate = nn.Linear(d, units) if swiglu else None
        self.output = nn.Linear(units, d)
        self.activation = {"relu": F.relu, "gelu": F.gelu, "swiglu": F.silu}[config["activation"]]

    def forward(self, x):
        if self.gate is None:
            return self.output(self.activation(self.hidden(x)))
        return self.output(self.activation(self.gate(x)) * self.hidden(x))


class Residual(nn.Module):
    """A layer with branches, each beside its norm."""

    def __init__(self, config):
        super().__init__()
        self.post_norm = config["norm"] == "post"

    def connect(self, norm, x, branch):
        if self.post_norm:
            return norm(x + branch(x))
        return x + branch(norm(x))


class EncoderLayer(Residual):
    def __init__(self, config):
        super().__init__(config)
        self.attention_norm = nn.LayerNorm(config["d_model"])
        self.attention = Attention(config)
        self.feed_forward_norm = nn.LayerNorm(config["d_model"])
        self.feed_forward = FeedForward(config)

    def forward(self, x, source_hidden):
        x = self.connect(self.attention_norm, x, lambda y: self.attention(y, y, source_hidden))
        return self.connect(self.feed_forward_norm, x, self.feed_forward)


class DecoderLayer(Residual):
    def __init__(self, config):
        super().__init__(config)
        self.self_attention_norm = nn.LayerNorm(config["d_model"])
        self.self_attention = Attention(config)
        self.cross_attention_norm = nn.LayerNorm(config["d_model"])
        self.cross_attention = Attention(config)
        self.feed_forward_norm = nn.LayerNorm(config["d_model"])
        self.feed_forward = FeedForward(config)

    def forward(self, x, memory, target_hidden, source_hidden):
        x = self.connect(self.self_attention_norm, x,
                         lambda y: self.self_attention(y, y, target_hidden))
        x = self.connect(self.cross_attention_norm, x,
                         lambda y: self.cross_attention(y, memory, source_hidden))
        return self.connect(self.feed_forward_norm, x, self.feed_forward)


class Embedding(nn.Module):
    def __init__(self, config, vocabulary):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(vocabulary, config["d_model"]))

    def forward(self, ids):
        d = self.weight.shape[1]
        columns = []
        positions = torch.arange(ids.shape[1], dtype=torch.float64)
        for i in range(d):
            angle = positions / 10000 ** (2 * (i // 2) / d)
            columns.append(angle.sin() if i % 2 == 0 else angle.cos())
        return self.weight[ids] * math.sqrt(d) + torch.stack(columns, 1).float()


class Transformer(nn.Module):
    """Depth d has layer layer_of_depth[d]: the same module where depths share it."""

    def __init__(self, config):
        super().__init__()
        self.depths = config["layer_of_depth"] or list(range(config["layers"]))
        self.source_embedding = Embedding(config, config["source_vocabulary"])
        self.target_embedding = Embedding(config, config["target_vocabulary"])
        for i in range(max(self.depths) + 1):
            self.add_module(f"encoder_{i}", EncoderLayer(config))
            self.add_module(f"decoder_{i}", DecoderLayer(config))
        final_norm = nn.Identity if config["norm"] == "post" else nn.LayerNorm
        self.encoder_norm = final_norm(config["d_model"])
        self.decoder_norm = final_norm(config["d_model"])
        self.projection_bias = nn.Parameter(torch.zeros(config["target_vocabulary"]))
        if not config["tied_embeddings"]:
            self.projection_weight = nn.Parameter(
                torch.randn(config["target_vocabulary"], config["d_model"]))
        self.tied = config["tied_embeddings"]

    def forward(self, source, target_in):
        source_hidden = (source == PAD)[:, None, None, :]
        length = target_in.shape[1]
        future = torch.ones(length, length, dtype=torch.bool).triu(1)
        target_hidden = (target_in == PAD)[:, None, None, :] | future
        memory = self.source_embedding(source)
        for layer in self.depths:
            memory = getattr(self, f"encoder_{layer}")(memory, source_hidden)
        memory = self.encoder_norm(memory)
        x = self.target_embedding(target_in)
        for layer in self.depths:
            x = getattr(self, f"decoder_{layer}")(x, memory, target_hidden, source_hidden)
        weight = self.target_embedding.weight if self.tied else self.projection_weight
        return F.linear(self.decoder_norm(x), weight, self.projection_bias)


def parts(name):
    """The parameters here that are stacked in the one called `name` there."""
    for merged in ("query_key_value", "key_value", "gate_hidden"):
        if f".{merged}." in name:
            return [name.replace(merged, part) for part in merged.split("_")]
    return [name]


def load(model, weights):
    ours = dict(model.named_parameters())
    with torch.no_grad():
        for name, weight in weights.items():
            names = parts(name)
            for part, chunk in zip(names, weight.chunk(len(names))):
                ours.pop(part).copy_(chunk)
    if ours:
        raise ValueError(f"parameters that C++ lacks: {sorted(ours)}")


def loss_sum(logits, target_out, label_smoothing):
    return F.cross_entropy(logits.flatten(0, 1), target_out.flatten(), ignore_index=PAD,
                           reduction="sum", label_smoothing=label_smoothing)


def relative_error(got, expected):
    return ((got - expected).norm() / expected.norm()).item()


def parity(path):
    case = torch.load(path, weights_only=False)  # The types of C++ containers come with it.
    config = json.loads(case["config"])
    model = Transformer(config)
    load(model, case["weights"])
    logits = model(case["source"], case["target_in"])
    loss = loss_sum(logits, case["target_out"], config["label_smoothing"])
    tokens = case["target_out"] != PAD
    (loss / tokens.sum()).backward()

    ours = dict(model.named_parameters())
    errors = {"logits": relative_error(case["logits"][tokens], logits[tokens]),
              "loss": relative_error(case["loss"], loss)}
    for name, gradient in case["gradients"].items():
        expected = torch.cat([ours[part].grad for part in parts(name)])
        errors["gradient of " + name] = relative_error(gradient, expected)
    return errors


def flops(config):
    model = Transformer(config)
    source = torch.full((config["sentences"], config["source_length"]), 5)
    target = torch.full((config["sentences"], config["target_length"]), 5)
    with FlopCounterMode(display=False) as counter:
        loss_sum(model(source, target), target, 0.0).backward()
    return counter.get_total_flops()


if __name__ == "__main__":
    torch.set_num_threads(1)
    mode, *arguments = sys.argv[1:]
    run = {"parity": parity, "flops": lambda text: flops(json.loads(text))}[mode]
    print(json.dumps([run(argument) for argument in arguments]))

"""Plain PyTorch, as one who knows it would write it: merged projections, scaled_dot_product_attention, fused AdamW."""

import math

import torch
import torch.nn.functional as F
from torch import nn

import peer


class Embedding(nn.Module):
    def __init__(self, config, vocabulary):
        super().__init__()
        d_model = config["d_model"]
        self.table = nn.Embedding(vocabulary, d_model, padding_idx=peer.PAD)
        nn.init.normal_(self.table.weight, std=d_model**-0.5)
        self.scale = math.sqrt(d_model)
        self.dropout = nn.Dropout(config["dropout"])
        position = torch.arange(config["max_length"]).unsqueeze(1)
        angle = position * torch.exp(torch.arange(0, d_model, 2) * (-math.log(10000.0) / d_model))
        self.register_buffer("positions", torch.stack([angle.sin(), angle.cos()], 2).flatten(1), persistent=False)

    def forward(self, ids):
        return self.dropout(self.table(ids) * self.scale + self.positions[: ids.shape[1]])


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        d_model = config["d_model"]
        self.heads, self.dropout = config["heads"], config["dropout"]
        self.query = nn.Linear(d_model, d_model)
        self.key_value = nn.Linear(d_model, 2 * d_model)
        self.output = nn.Linear(d_model, d_model)

    def split(self, x, parts):
        return x.unflatten(-1, (parts, self.heads, -1)).permute(2, 0, 3, 1, 4).unbind(0)

    def attend(self, query, key, value, mask=None, causal=False):
        dropout = self.dropout if self.training else 0.0
        mixed = F.scaled_dot_product_attention(query, key, value, mask, dropout, causal)
        return self.output(mixed.transpose(1, 2).flatten(2))

    def forward(self, x, memory, mask):
        (query,) = self.split(self.query(x), 1)
        return self.attend(query, *self.split(self.key_value(memory), 2), mask)


class SelfAttention(Attention):
    def __init__(self, config):
        super().__init__(config)
        del self.query, self.key_value
        self.query_key_value = nn.Linear(config["d_model"], 3 * config["d_model"])

    def forward(self, x, mask=None, causal=False):
        return self.attend(*self.split(self.query_key_value(x), 3), mask, causal)


class FeedForward(nn.Sequential):
    def __init__(self, config):
        super().__init__(nn.Linear(config["d_model"], config["d_ff"]), nn.ReLU(), nn.Dropout(config["dropout"]),
                         nn.Linear(config["d_ff"], config["d_model"]))


class EncoderLayer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(config["d_model"]) for _ in range(2))
        self.attention, self.feed_forward = SelfAttention(config), FeedForward(config)
        self.dropout = nn.Dropout(config["dropout"])

    def forward(self, x, mask):
        x = x + self.dropout(self.attention(self.norms[0](x), mask))
        return x + self.dropout(self.feed_forward(self.norms[1](x)))


class DecoderLayer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(config["d_model"]) for _ in range(3))
        self.self_attention, self.cross_attention = SelfAttention(config), Attention(config)
        self.feed_forward = FeedForward(config)
        self.dropout = nn.Dropout(config["dropout"])

    def forward(self, x, memory, mask):
        x = x + self.dropout(self.self_attention(self.norms[0](x), causal=True))
        x = x + self.dropout(self.cross_attention(self.norms[1](x), memory, mask))
        return x + self.dropout(self.feed_forward(self.norms[2](x)))


class Transformer(nn.Module):
    def __init__(self, config, source_vocabulary, target_vocabulary):
        super().__init__()
        layers = range(config["layers"])
        self.encoder = nn.ModuleList(EncoderLayer(config) for _ in layers)
        self.decoder = nn.ModuleList(DecoderLayer(config) for _ in layers)
        self.encoder_norm, self.decoder_norm = nn.LayerNorm(config["d_model"]), nn.LayerNorm(config["d_model"])
        self.projection = nn.Linear(config["d_model"], target_vocabulary)
        for parameter in self.parameters():
            if parameter.dim() == 2:
                nn.init.xavier_uniform_(parameter)
        self.source_embedding = Embedding(config, source_vocabulary)
        self.target_embedding = Embedding(config, target_vocabulary)

    def forward(self, source, source_padding, target_in):
        mask = None
        if source_padding is not None:
            zeros = torch.zeros(source.shape, device=source.device)
            mask = zeros.masked_fill_(source_padding, -torch.inf)[:, None, None]
        memory = self.source_embedding(source)
        for layer in self.encoder:
            memory = layer(memory, mask)
        memory = self.encoder_norm(memory)
        x = self.target_embedding(target_in)
        for layer in self.decoder:
            x = layer(x, memory, mask)
        return self.projection(self.decoder_norm(x))


if __name__ == "__main__":
    peer.main(Transformer)

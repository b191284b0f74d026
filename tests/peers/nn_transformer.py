"""torch.nn.Transformer between the embeddings and the projection of pytorch.py."""

from torch import nn

import peer
from pytorch import Embedding


class Transformer(nn.Module):
    def __init__(self, config, source_vocabulary, target_vocabulary):
        super().__init__()
        self.source_embedding = Embedding(config, source_vocabulary)
        self.target_embedding = Embedding(config, target_vocabulary)
        self.transformer = nn.Transformer(
            config["d_model"], config["heads"], config["layers"], config["layers"], config["d_ff"],
            config["dropout"], batch_first=True, norm_first=True)
        self.projection = nn.Linear(config["d_model"], target_vocabulary)

    def forward(self, source, source_padding, target_in):
        x = self.transformer(
            self.source_embedding(source), self.target_embedding(target_in),
            tgt_mask=nn.Transformer.generate_square_subsequent_mask(target_in.shape[1]), tgt_is_causal=True,
            src_key_padding_mask=source_padding, memory_key_padding_mask=source_padding)
        return self.projection(x)


if __name__ == "__main__":
    peer.main(Transformer)

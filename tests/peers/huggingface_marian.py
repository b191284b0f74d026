"""Hugging Face's Marian model, from its configuration, with the weights that it starts from.

Its layers are normalised after each branch, not before it: it has no other choice. The work is the same.
"""

import transformers
from torch import nn

import peer


def marian_config(config, source_vocabulary, target_vocabulary):
    stacks = {}
    for stack in ("encoder", "decoder"):
        stacks |= {f"{stack}_layers": config["layers"], f"{stack}_attention_heads": config["heads"],
                   f"{stack}_ffn_dim": config["d_ff"]}
    return transformers.MarianConfig(
        vocab_size=source_vocabulary, decoder_vocab_size=target_vocabulary, d_model=config["d_model"],
        max_position_embeddings=config["max_length"], activation_function="relu", scale_embedding=True,
        share_encoder_decoder_embeddings=False, tie_word_embeddings=False,
        dropout=config["dropout"], attention_dropout=config["dropout"], activation_dropout=config["dropout"],
        pad_token_id=peer.PAD, bos_token_id=peer.SOS, eos_token_id=peer.EOS, forced_eos_token_id=peer.EOS,
        decoder_start_token_id=peer.SOS, **stacks)


class Marian(nn.Module):
    def __init__(self, *sizes):
        super().__init__()
        self.model = transformers.MarianMTModel(marian_config(*sizes))

    def forward(self, source, source_padding, target_in):
        attention_mask = None if source_padding is None else (~source_padding).long()
        return self.model(input_ids=source, attention_mask=attention_mask, decoder_input_ids=target_in,
                          use_cache=False).logits


if __name__ == "__main__":
    peer.main(Marian, version="transformers " + transformers.__version__)

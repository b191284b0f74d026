"""The Transformer of OpenNMT-py, from its own modules.

`import onmt` itself pulls in corpus tools (pyonmttok, spacy, …) that pin an older torch. The modules of the model need
none of them, so the packages' __init__ files are left out.
"""

import importlib.metadata
import importlib.util
import sys
import types
from pathlib import Path

from torch import nn

import peer


def import_without_init(folder, *packages):
    for name in packages:
        module = types.ModuleType(name)
        module.__path__ = [str(folder.joinpath(*name.split(".")))]
        sys.modules[name] = module


spec = importlib.util.find_spec("onmt")
if spec is None:
    raise SystemExit("No module named 'onmt'")
import_without_init(Path(spec.origin).parent.parent, "onmt", "onmt.encoders", "onmt.decoders", "onmt.models")

from onmt.decoders.transformer import TransformerDecoder  # noqa: E402
from onmt.encoders.transformer import TransformerEncoder  # noqa: E402
from onmt.models.model import NMTModel  # noqa: E402
from onmt.modules.embeddings import Embeddings  # noqa: E402


def embeddings(config, vocabulary):
    return Embeddings(config["d_model"], vocabulary, peer.PAD, position_encoding=True, dropout=config["dropout"])


class OpenNmt(nn.Module):
    def __init__(self, config, source_vocabulary, target_vocabulary):
        super().__init__()
        sizes = config["layers"], config["d_model"], config["heads"], config["d_ff"]
        dropout = config["dropout"]
        encoder = TransformerEncoder(
            *sizes, dropout, dropout, embeddings(config, source_vocabulary), max_relative_positions=0,
            relative_positions_buckets=0, add_qkvbias=True)
        decoder = TransformerDecoder(
            *sizes, False, "scaled-dot-flash", dropout, dropout, embeddings(config, target_vocabulary),
            max_relative_positions=0, relative_positions_buckets=0, aan_useffn=False, full_context_alignment=False,
            alignment_layer=-3, alignment_heads=0, add_qkvbias=True)
        self.model = NMTModel(encoder, decoder)
        self.projection = nn.Linear(config["d_model"], target_vocabulary)
        # The modules leave weights as they find them in memory; OpenNMT-py's builder fills them like this.
        for module in self.modules():
            if isinstance(module, (nn.Linear, nn.Embedding)):
                nn.init.xavier_uniform_(module.weight)
            if isinstance(module, nn.Linear) and module.bias is not None:
                nn.init.zeros_(module.bias)

    def forward(self, source, source_padding, target_in):
        lengths = source.new_full((source.shape[0],), source.shape[1])
        if source_padding is not None:
            lengths = (~source_padding).sum(1)
        # NMTModel drops the last target position itself.
        target = nn.functional.pad(target_in, (0, 1), value=peer.EOS)
        hidden, _ = self.model(source.unsqueeze(-1), target.unsqueeze(-1), lengths)
        return self.projection(hidden)


if __name__ == "__main__":
    peer.main(OpenNmt, version="OpenNMT-py " + importlib.metadata.version("OpenNMT-py"))

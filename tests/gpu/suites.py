"""The suites of a session: those that are shipped, cut down to its time, on the corpus that it was given."""

import json
from pathlib import Path

TINY_MODEL = {"d_model": 16, "layers": 1, "heads": 2, "d_ff": 32, "dropout": 0.1}
TINY_TARGET = {"metric": "train_loss", "value": 1.8, "max_epochs": 1, "max_seconds": 5, "window_examples": 50}
# Of the 24 cells, the baseline and each other level alone, each for a few seconds.
CUT = {"design": "one_factor", "seeds": [1], "quality": {"max_sentences": 64}}
CUT_SECONDS = 6


def corpus(arguments):
    if not arguments.corpus:
        return {"name": "phrasebook", "pairs": 300 if arguments.tiny else 30000}
    files = {}
    for key, language in (("source", "en"), ("target", "fr")):
        names = [Path(arguments.corpus).resolve() / f"train.{language}{suffix}" for suffix in ("", ".gz")]
        files[key] = str(next((name for name in names if name.exists()), names[0]))
    return {"name": "lines"} | files | ({"max_pairs": 300} if arguments.tiny else {})


def on_cpu(suite):
    """There are no graphs on a CPU: padding is varied in their place."""
    suite["baseline"].pop("graph", None)
    if suite["matrix"].pop("graph", None):
        suite["matrix"]["padding"] = ["packed", "dynamic"]
    return suite


def adapted(path, arguments):
    suite = json.loads(path.read_text())
    suite.pop("$schema", None)
    suite |= {"device": arguments.device, "corpus": corpus(arguments)}
    if suite["name"] == "full":
        suite |= CUT
        suite["target"] |= {"max_seconds": CUT_SECONDS}
    if arguments.device == "cpu":
        on_cpu(suite)
    if arguments.tiny:
        suite |= {"model": TINY_MODEL, "target": TINY_TARGET,
                  "vocabulary": {"type": "word", "size": 200, "min_frequency": 1}}
    return suite

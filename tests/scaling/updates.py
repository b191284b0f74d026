"""What an update costs against tokens, layers, width and vocabulary: this trainer, at one size after the other.

Each size is a process of ablate-peer that stays alive, and the sizes of a sweep take turns, so that a busy moment
does not fall on one of them."""

import json
import math
import random
import statistics
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "peers"))
from session import Peer  # noqa: E402

BASE = {"sentences": 64, "layers": 2, "d_model": 128, "vocabulary": 6000}
SWEEPS = {
    "tokens": ("sentences", [4, 8, 16, 32, 64, 128, 256, 512]),
    "layers": ("layers", [1, 2, 4, 8, 16]),
    "width": ("d_model", [64, 128, 256, 512, 768]),
    "vocabulary": ("vocabulary", [1000, 2000, 4000, 8000, 16000, 32000, 64000]),
}
TRAINERS = {
    "fast": ["padding=packed", "kernels=fused", "replicas=threads"],
    "reference": ["padding=bucketed"],
}
TRAINING = {"label_smoothing": 0.1, "gradient_clip": 1.0, "learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.98,
            "epsilon": 1e-8}
LENGTHS = [10, 11, 12, 13, 14]  # tokens of a sentence, as near each other as those of a batch by length
BATCHES = 2


def batches(setting):
    """Batches of the same lengths, with ids by Zipf's law, as ablate-peer reads them."""
    rng = random.Random(1)
    ids = setting["vocabulary"] - 4

    def token():
        return 4 + min(int((ids + 1) ** rng.random()) - 1, ids - 1)

    def side():
        offsets, tokens = [0], []
        for i in range(BATCHES * setting["sentences"]):
            tokens += [token() for _ in range(LENGTHS[i % setting["sentences"] % len(LENGTHS)])]
            offsets.append(len(tokens))
        return {"offsets": offsets, "ids": tokens}

    numbers = list(range(BATCHES * setting["sentences"]))
    cut = [numbers[i:i + setting["sentences"]] for i in range(0, len(numbers), setting["sentences"])]
    return {"source_vocabulary": setting["vocabulary"], "target_vocabulary": setting["vocabulary"], "source": side(),
            "target": side(), "batches": {"bucketed": cut, "shuffled": cut}}


def write_config(folder, name, setting, threads):
    data, path = Path(folder) / f"{name}-batches.json", Path(folder) / f"{name}.json"
    data.write_text(json.dumps(batches(setting)))
    width = setting["d_model"]
    model = {"d_model": width, "layers": setting["layers"], "heads": max(1, width // 64), "d_ff": 4 * width,
             "dropout": 0.1, "max_length": 64}
    path.write_text(json.dumps({"batches": str(data), "order": "bucketed", "precision": "fp32", "threads": threads,
                                "device": "cpu", "seed": 1, "model": model, "training": TRAINING}))
    return str(path)


def start(binaries, folder, setting, trainer, threads):
    name = "-".join(map(str, setting.values()))
    config = write_config(folder, name, setting, threads)
    return Peer(f"{trainer} {name}", [str(Path(binaries) / "ablate-peer"), config, *TRAINERS[trainer]])


def updates_for(peer, seconds):
    """How many fill a round of so long, a whole number of passes over the batches."""
    peer.go(BATCHES)
    once = peer.go(BATCHES)["seconds"]
    return BATCHES * max(1, math.ceil(seconds / once))


def measure_sweep(sweep, options):
    """The series of a sweep, one a trainer."""
    setting_name, sizes = SWEEPS[sweep]
    sizes = sizes[:options.sizes]
    with tempfile.TemporaryDirectory() as folder:
        peers = {}
        try:
            for size in sizes:
                for trainer in TRAINERS:
                    setting = BASE | {setting_name: size}
                    peer = peers[trainer, size] = start(options.binaries, folder, setting, trainer, options.threads)
                    peer.updates = updates_for(peer, options.round_seconds)
            for _ in range(options.rounds):
                for peer in peers.values():
                    peer.rounds.append(peer.go(peer.updates))
        finally:
            for peer in peers.values():
                peer.close()
    return [{"group": "update", "quantity": sweep, "name": trainer,
             "points": [point_of(peers[trainer, size], sweep, size) for size in sizes]} for trainer in TRAINERS]


def point_of(peer, sweep, size):
    seconds = [answer["seconds"] / peer.updates for answer in peer.rounds]
    tokens = peer.rounds[0]["target_tokens"] / peer.updates
    return {"size": tokens if sweep == "tokens" else size, "seconds": statistics.median(seconds),
            "all_seconds": seconds, "target_tokens": tokens,
            "peak_rss_bytes": max(answer["peak_rss_bytes"] for answer in peer.rounds),
            "others_share": statistics.median(answer["others_share"] for answer in peer.rounds)}


def measure(options, progress):
    series = []
    for sweep in options.sweeps:
        progress(f"an update against {sweep}")
        series += measure_sweep(sweep, options)
    return series

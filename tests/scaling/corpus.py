"""What a corpus costs from text to batches, against its number of pairs.

Each preparation is a process of its own with a cold cache: read or generate, filter, split, two word vocabularies,
encode, write, map, and the batches of an epoch, 64 sentences each from pools of 50."""

import json
import resource
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

SIZES = [10_000, 100_000, 1_000_000, 10_000_000]
BOUNDS = {"phrasebook": {"size": 10_000_000, "seconds": 60.0, "peak_rss_bytes": 6 * 2**30},
          "lines": {"size": None, "seconds": 2.0, "peak_rss_bytes": 6 * 2**30}}
LONG = 1_000_000  # a corpus of more pairs is prepared once
STAGES = ["corpus_s", "encoding_s", "free_s", "map_s", "batches_s"]


def prepare(binaries, corpus):
    """Costs of one preparation, start of the process included."""
    with tempfile.TemporaryDirectory() as cache:
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        done = subprocess.run([str(Path(binaries) / "prepare_corpus"), cache, *map(str, corpus)], check=True,
                              capture_output=True)
        seconds, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return json.loads(done.stdout) | {"wall_s": seconds, "cpu_s": cpu}


def point_of(costs):
    seconds = [cost["wall_s"] for cost in costs]
    middle = min(costs, key=lambda cost: abs(cost["wall_s"] - statistics.median(seconds)))
    return {"size": middle["pairs"], "seconds": statistics.median(seconds), "all_seconds": seconds,
            "cpu_seconds": middle["cpu_s"], "peak_rss_bytes": max(cost["peak_rss_bytes"] for cost in costs),
            "stages": {stage: middle[stage] for stage in STAGES}}


def series_of(name, corpora, options, progress):
    points = []
    for corpus in corpora:
        progress(f"a corpus against pairs: {' '.join(str(part) for part in corpus[:2])}")
        rounds = 1 if corpus[-1] in SIZES and corpus[-1] > LONG else min(options.rounds, 3)
        points.append(point_of([prepare(options.binaries, corpus) for _ in range(rounds)]))
    return {"group": "corpus", "quantity": "pairs", "name": name, "bounds": BOUNDS[corpora[0][0]], "points": points}


def measure(options, progress):
    series = [series_of("phrasebook", [["phrasebook", size] for size in SIZES[:options.sizes]], options, progress)]
    if options.lines:
        series.append(series_of("two files", [["lines", *options.lines]], options, progress))
    return series

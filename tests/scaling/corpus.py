"""What a corpus costs from text to batches, against its number of pairs: corpus.py --output FILE.

Prepares phrasebooks of ever more pairs (and with --lines SOURCE TARGET a corpus of two files), each by
a process of its own from a cold cache: read or generate, filter, split, two word vocabularies, encode,
write, map, and the batches of an epoch, 64 sentences each from pools of 50. FILE: {"schema_version",
"machine", "bounds", "points": [{"corpus", "pairs", "seconds", "all_seconds", "cpu_seconds",
"peak_rss_bytes", "stages"}], "exponent"}.

Seconds are the median of --repetitions; the exponent is the slope of log(seconds) over log(pairs) by
least squares over the phrasebooks. Exit: 0 within the bounds, 1 beyond one of them."""

import argparse
import json
import math
import os
import pathlib
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SIZES = [10_000, 100_000, 1_000_000, 10_000_000]
BOUNDS = {"lines_seconds": 2.0, "pairs": 10_000_000, "seconds": 60.0, "peak_rss_bytes": 6 * 2**30}
STAGES = ["corpus_s", "encoding_s", "free_s", "map_s", "batches_s"]


def prepare(program, corpus):
    """Costs of one preparation from a cold cache, start of the process included."""
    with tempfile.TemporaryDirectory() as cache:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.monotonic()
        out = subprocess.run([program, cache, *map(str, corpus)], check=True, capture_output=True).stdout
        seconds = time.monotonic() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {**json.loads(out), "wall_s": seconds, "cpu_s": cpu}


def point(program, corpus, repetitions):
    costs = [prepare(program, corpus) for _ in range(repetitions)]
    seconds = [cost["wall_s"] for cost in costs]
    middle = min(costs, key=lambda cost: abs(cost["wall_s"] - statistics.median(seconds)))
    return {"corpus": corpus[0], "pairs": middle["pairs"], "seconds": statistics.median(seconds),
            "all_seconds": seconds, "cpu_seconds": middle["cpu_s"],
            "peak_rss_bytes": max(cost["peak_rss_bytes"] for cost in costs),
            "stages": {stage: middle[stage] for stage in STAGES}}


def exponent(points):
    x = [math.log(p["pairs"]) for p in points]
    y = [math.log(p["seconds"]) for p in points]
    if len(points) < 2:
        return None
    mean_x, mean_y = statistics.mean(x), statistics.mean(y)
    return (sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y))
            / sum((a - mean_x) ** 2 for a in x))


def beyond(point):
    if point["corpus"] == "lines":
        return point["seconds"] > BOUNDS["lines_seconds"]
    return point["pairs"] <= BOUNDS["pairs"] and (
        point["seconds"] > BOUNDS["seconds"] or point["peak_rss_bytes"] > BOUNDS["peak_rss_bytes"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--program", default=ROOT / "build/release/bin/prepare_corpus", type=pathlib.Path)
    parser.add_argument("--pairs", default=SIZES, type=int, nargs="+")
    parser.add_argument("--lines", nargs=2, metavar=("SOURCE", "TARGET"))
    parser.add_argument("--repetitions", default=1, type=int)
    parser.add_argument("--output", type=pathlib.Path)
    arguments = parser.parse_args()
    corpora = [["lines", *arguments.lines]] if arguments.lines else []
    corpora += [["phrasebook", pairs] for pairs in arguments.pairs]
    points = []
    for corpus in corpora:
        points.append(point(arguments.program, corpus, arguments.repetitions))
        print("{corpus:10} {pairs:>10} pairs {seconds:8.2f} s {cpu_seconds:8.2f} CPU s {mib:8.0f} MiB".format(
            mib=points[-1]["peak_rss_bytes"] / 2**20, **points[-1]), flush=True)
    generated = [p for p in points if p["corpus"] == "phrasebook"]
    result = {"schema_version": 1, "machine": {"processors": os.cpu_count(), "kind": platform.machine()},
              "bounds": BOUNDS, "points": points, "exponent": exponent(generated)}
    if result["exponent"] is not None:
        print(f"seconds grow as pairs to the power of {result['exponent']:.2f}")
    if arguments.output:
        arguments.output.write_text(json.dumps(result, indent=2) + "\n")
    return 1 if any(map(beyond, points)) else 0


if __name__ == "__main__":
    sys.exit(main())

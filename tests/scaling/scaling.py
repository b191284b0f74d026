"""Measures how costs grow and writes a report of it; tests/scaling/run builds what it needs.

The folder then holds report.md, plots/ and data.json, from which --render writes the report anew. Exit: 0 within
the bounds, 1 beyond one of them."""

import argparse
import json
import os
import platform
import sys
import time
from pathlib import Path

import corpus
import driver
import fit
import plots
import report
import updates

ROOT = Path(__file__).resolve().parents[2]
PARTS = {"updates": updates, "driver": driver, "corpus": corpus}


def machine():
    """By what it is, not by whose."""
    info = Path("/proc/cpuinfo").read_text()
    names = [line.split(":", 1)[1].strip() for line in info.splitlines() if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    requirements = (ROOT / "requirements.txt").read_text().split()
    torch = next(word for word in requirements if word.startswith("torch=="))
    return {"cpu": names[0] if names else platform.machine(), "cores": len(os.sched_getaffinity(0)),
            "memory_gib": round(memory, 1), "torch": torch.replace("==", " ")}


def parse_arguments():
    parser = argparse.ArgumentParser(prog="tests/scaling/run", description=__doc__.split("\n\n")[0])
    parser.add_argument("--output", type=Path, default=ROOT / "reports/reference/scaling", metavar="FOLDER")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--rounds", type=int, default=5, help="default 5")
    parser.add_argument("--round-seconds", type=float, default=0.3, help="of updates in a round, at least")
    parser.add_argument("--sizes", type=int, default=None, help="the smallest so many alone")
    parser.add_argument("--sweeps", nargs="+", choices=updates.SWEEPS, default=list(updates.SWEEPS),
                        help="of updates")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="default: all cores")
    parser.add_argument("--lines", nargs=2, metavar=("SOURCE", "TARGET"), help="a corpus of two files, too")
    parser.add_argument("--render", action="store_true", help="only write the report of data.json anew")
    parser.add_argument("--binaries", default=str(ROOT / "build/release/bin"), help=argparse.SUPPRESS)
    return parser.parse_args()


def measure(options):
    started = time.monotonic()

    def progress(text):
        print(f"{time.monotonic() - started:6.1f} s  {text}", file=sys.stderr, flush=True)

    series = [one for part in options.parts for one in PARTS[part].measure(options, progress)]
    progress("measured")
    return {"schema_version": 1, "machine": machine(), "rounds": options.rounds, "series": series}


def write(folder, data):
    for one in data["series"]:
        one |= fit.describe([(point["size"], point["seconds"], min(point["all_seconds"]), max(point["all_seconds"]))
                             for point in one["points"]])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "data.json").write_text(json.dumps(data, indent=1) + "\n")
    for name, (group, quantity, size_title, _) in report.PLOTS.items():
        chosen = [one for one in data["series"] if (one["group"], one["quantity"]) == (group, quantity)]
        if chosen:
            plots.write(folder / "plots", name, chosen, size_title, report.COSTS[group])
    (folder / "report.md").write_text(report.render(data))


def main():
    options = parse_arguments()
    data = json.loads((options.output / "data.json").read_text()) if options.render else measure(options)
    write(options.output, data)
    print(options.output / "report.md")
    beyond = report.missed(data["series"])
    for name in beyond:
        print(f"beyond its bounds: {name}", file=sys.stderr)
    return 1 if beyond else 0


if __name__ == "__main__":
    sys.exit(main())

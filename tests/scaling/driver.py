"""How `ablate report` and `ablate plan` grow with the number of runs: driver.py --output FILE.

Writes results folders of made-up records, times both commands on them, and fits the exponent of time
against the number of runs. FILE: {"schema_version", "machine", "bounds", "series": [{"command",
"shape", "points": [{"runs", "cells", "seeds", "seconds", "cpu_seconds", "peak_rss_bytes"}],
"exponent", "slopes", "departs_from_linear"}]}.

Seconds are wall clock, cpu_seconds what the process computed (its children too, with --pictures),
each the median of --repetitions calls, taken in turns over all sizes, so that a busy moment does not
fall on one of them. Plots are left as Vega-Lite files, for what vl-convert takes is not the
driver's; --pictures draws them, too. The exponent is the slope of log(cpu_seconds) over log(runs) by
least squares over all points; `slopes` are those between neighbours. departs_from_linear is the
first number of runs from which on the slope stays above 1.2; null where there is none.

Exit: 0 within the bounds at the largest size, 1 beyond one of them."""

import argparse
import hashlib
import json
import math
import os
import pathlib
import platform
import random
import statistics
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SIZES = [100, 316, 1000, 3162, 10000]
BOUNDS = {"report_seconds": 2.0, "plan_seconds": 1.0, "peak_rss_bytes": 300 * 2**20}
STEEP = 1.2  # a slope above it is no noise about 1


def steps(first, count):
    return [first + 4 * i for i in range(count)]


def shape_of(shape, runs):
    """Levels of d_model and d_ff beside two of padding and two of schedule, and seeds."""
    if shape == "seeds":  # 16 cells, ever more seeds
        return 2, 2, round(runs / 16)
    per_seed = max(1, round(runs / 5 / 4))  # 5 seeds, ever more cells
    widths = max(1, round(math.sqrt(per_seed)))
    return widths, max(1, round(per_seed / widths)), 5


def make_suite(shape, runs):
    widths, inner, seeds = shape_of(shape, runs)
    matrix = {"padding": ["static", "dynamic"], "schedule": ["constant", "onecycle"],
              "model.d_model": steps(64, widths), "model.d_ff": steps(128, inner)}
    return {"schema_version": 1, "name": "scaling", "description": "Made-up numbers.",
            "device": "cpu", "corpus": {"name": "phrasebook", "pairs": 2000},
            "model": {"heads": 2}, "seeds": list(range(1, seeds + 1)),
            "baseline": {name: levels[0] for name, levels in matrix.items()}, "matrix": matrix}


def cells_of(matrix):
    cells = [{}]
    for name, levels in matrix.items():
        cells = [{**cell, name: str(level)} for cell in cells for level in levels]
    return cells


def make_record(cell, seed, position, noise):
    name = ",".join(f"{factor}={label}" for factor, label in cell.items())
    cell_id = hashlib.sha256(name.encode()).hexdigest()[:12]
    dynamic, onecycle = cell["padding"] == "dynamic", cell["schedule"] == "onecycle"
    width, inner = int(cell["model.d_model"]), int(cell["model.d_ff"])
    examples = int(24000 * (0.6 if onecycle else 1) * (64 / width) ** 0.2 * noise)
    per_example = 0.0009 * (0.6 if dynamic else 1) * (width + inner) / 192 * noise ** 0.5
    seconds = examples * per_example
    memory = int(3e8 * (0.8 if dynamic else 1) * width / 64)
    rates = {"target_tokens_per_s": 9 / per_example, "source_tokens_per_s": 8 / per_example,
             "padded_tokens_per_s": 12 / per_example, "examples_per_s": 1 / per_example,
             "updates_per_s": 1 / per_example / 64, "update_ms_p50": per_example * 64e3,
             "update_ms_p95": per_example * 80e3, "padding_efficiency": 0.75,
             "model_flops_per_s": 4e10, "mfu": 0.21}
    return {
        "schema_version": 1, "suite": "scaling", "cell": name, "factors": cell, "seed": seed,
        "block": seed - 1, "position": position, "cell_id": cell_id, "run_id": f"{cell_id}-s{seed}",
        "status": "reached", "reason": "", "target": {"metric": "train_loss", "value": 1.8},
        "time_to_target_s": seconds, "examples_to_target": examples,
        "updates_to_target": examples // 64, "target_tokens_to_target": examples * 9,
        "time": {"setup_s": 0.4, "warmup_s": 0.3, "train_s": seconds, "evaluate_s": 0.5,
                 "wall_s": seconds + 1.4},
        "throughput": rates,
        "memory": {"device_peak_allocated_bytes": memory, "device_peak_reserved_bytes": None,
                   "device_process_bytes": None, "host_peak_rss_bytes": memory + 400_000_000},
        "energy_j": None, "loss": {"train": 1.8, "valid": 2 + noise / 20, "best_valid": 2.04},
        "quality": {"bleu": 18 + noise, "signature": "nrefs:1", "sentences": 200},
        "parameters": {"total": 1_400_000, "unique": 900_000, "embedding": 300_000},
        "phases": {"load_s": 0.1, "h2d_s": None, "forward_s": seconds * 0.35,
                   "backward_s": seconds * 0.5, "optimizer_s": seconds * 0.1},
        "updates": examples // 64, "examples": examples, "notes": [], "environment": "0123456789ab",
        "started_at": "2026-01-01T00:00:00Z", "attempts": 1}


def make_curve(record, rows=20):
    lines = ["update,examples,target_tokens,train_s,learning_rate,train_loss,valid_loss,grad_norm,"
             "loss_scale"]
    for i in range(1, rows + 1):
        seen, loss = record["examples"] * i // rows, 1.8 + 3.4 * (1 - i / rows) ** 2
        lines.append(f"{seen // 64},{seen},{seen * 9},{record['time']['train_s'] * i / rows:.6g},"
                     f"0.001,{loss:.5g},,1.5,")
    return "\n".join(lines) + "\n"


def write_results(folder, suite):
    """A results folder as `ablate run` leaves it, curves included. Returns its number of cells."""
    random.seed(3)
    cells = cells_of(suite["matrix"])
    (folder / "runs").mkdir(parents=True)
    (folder / "suite.json").write_text(json.dumps(suite))
    (folder / "environment.json").write_text('{"device": "cpu", "host": "example"}')
    with open(folder / "records.jsonl", "w") as log:
        for seed in suite["seeds"]:
            shared = random.lognormvariate(0, 0.06)
            for position, cell in enumerate(random.sample(cells, len(cells))):
                record = make_record(cell, seed, position, shared * random.lognormvariate(0, 0.05))
                log.write(json.dumps(record) + "\n")
                run = folder / "runs" / record["run_id"]
                run.mkdir()
                (run / "curve.csv").write_text(make_curve(record))
    return len(cells)


def measure(command, environment):
    """Seconds of wall clock and of computing, and the peak of resident bytes."""
    started = time.perf_counter()
    child = os.posix_spawn(command[0], command, environment, file_actions=[
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
    _, status, usage = os.wait4(child, 0)
    if status != 0:
        sys.exit(f"{' '.join(command)} failed: exit code {os.waitstatus_to_exitcode(status)}")
    wall = time.perf_counter() - started
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def slope(points):
    xs = [math.log(point["runs"]) for point in points]
    ys = [math.log(point["cpu_seconds"]) for point in points]
    x, y = statistics.fmean(xs), statistics.fmean(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys)) / sum((a - x) ** 2 for a in xs)


def departure(points):
    """The number of runs from which on time grows faster than they do; None where it never does."""
    found = None
    for before, after in zip(points, points[1:]):
        steep = slope([before, after]) > STEEP
        found = (found or before["runs"]) if steep else None
    return found


def describe(series):
    points = series["points"]
    series["exponent"] = slope(points) if len(points) > 1 else None
    series["slopes"] = [slope(list(pair)) for pair in zip(points, points[1:])]
    series["departs_from_linear"] = departure(points)
    return series


def beyond(series):
    """Bounds that the largest size misses, as sentences."""
    last, missed = series["points"][-1], []
    name = f"{series['command']} of {last['runs']} runs ({series['shape']})"
    limit = BOUNDS[series["command"] + "_seconds"]
    if last["seconds"] > limit:
        missed.append(f"{name} takes {last['seconds']:.2f} s, where {limit:g} s are allowed")
    if last["peak_rss_bytes"] > BOUNDS["peak_rss_bytes"]:
        missed.append(f"{name} takes {last['peak_rss_bytes'] / 2**20:.0f} MiB, where "
                      f"{BOUNDS['peak_rss_bytes'] / 2**20:.0f} MiB are allowed")
    return missed


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--output", type=pathlib.Path, help="JSON; default: standard output")
    parser.add_argument("--ablate", default=str(ROOT / "build/release/bin/ablate"))
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--shapes", nargs="+", default=["cells", "seeds"],
                        choices=["cells", "seeds"])
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--pictures", action="store_true")
    arguments = parser.parse_args()
    environment = dict(os.environ)
    if not arguments.pictures:
        environment["ABLATE_PYTHON"] = "false"
    series = []
    for shape in arguments.shapes:
        series += measure_shape(shape, arguments, environment)
    result = {"schema_version": 1, "machine": machine(), "bounds": BOUNDS, "series": series}
    text = json.dumps(result, indent=1) + "\n"
    if arguments.output:
        arguments.output.write_text(text)
    else:
        print(text, end="")
    missed = [sentence for one in series for sentence in beyond(one)]
    for sentence in missed:
        print("beyond: " + sentence, file=sys.stderr)
    sys.exit(1 if missed else 0)


def measure_shape(shape, arguments, environment):
    with tempfile.TemporaryDirectory() as folder:
        jobs = prepare(pathlib.Path(folder), shape, arguments)
        for _ in range(arguments.repetitions):
            for job in jobs:
                job["calls"].append(measure(job["line"], environment))
    series = []
    for command in ("report", "plan"):
        series.append(describe({"command": command, "shape": shape, "points": [
            point_of(job) for job in jobs if job["command"] == command]}))
        show(series[-1])
    return series


def prepare(folder, shape, arguments):
    jobs = []
    for size in sorted(arguments.sizes):
        suite = make_suite(shape, size)
        results = folder / str(size)
        cells = write_results(results, suite)
        file = folder / f"{size}.json"
        file.write_text(json.dumps(suite))
        sizes = {"cells": cells, "seeds": len(suite["seeds"]), "runs": cells * len(suite["seeds"])}
        lines = {"report": ["report", str(results), "--output", str(folder / f"report-{size}")],
                 "plan": ["plan", str(file), "--results", str(folder / "none")]}
        for command, line in lines.items():
            jobs.append({"command": command, "line": [arguments.ablate] + line, "calls": [],
                         **sizes})
    return jobs


def point_of(job):
    walls, computed, memory = zip(*job["calls"])
    return {"runs": job["runs"], "cells": job["cells"], "seeds": job["seeds"],
            "seconds": statistics.median(walls), "cpu_seconds": statistics.median(computed),
            "peak_rss_bytes": max(memory)}


def machine():
    names = [line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo")
             if line.startswith("model name")]
    return {"cpu": names[0] if names else platform.processor(), "cores": os.cpu_count(),
            "system": platform.platform()}


def show(series):
    print(f"{series['command']} ({series['shape']}): exponent {series['exponent']}, departs from "
          f"linear at {series['departs_from_linear'] or 'no size'}", file=sys.stderr)
    for point in series["points"]:
        print(f"  {point['runs']:>6} runs {point['cells']:>5} cells {point['seconds']:8.3f} s "
              f"{point['cpu_seconds']:8.3f} s of computing "
              f"{point['peak_rss_bytes'] / 2**20:6.0f} MiB", file=sys.stderr)


if __name__ == "__main__":
    main()

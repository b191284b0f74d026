"""What `ablate report` and `ablate plan` cost against the number of runs.

Writes results folders of made-up records and times both commands on them, in turns over all sizes, so that a busy
moment does not fall on one of them. Seconds are wall clock, cpu_seconds what the process computed, each the median.
Plots are left as Vega-Lite files: what vl-convert takes is not the driver's."""

import hashlib
import json
import math
import os
import random
import statistics
import tempfile
import time
from pathlib import Path

SIZES = [100, 316, 1000, 3162, 10000]
SHAPES = {"cells": "ever more cells of 5 seeds", "seeds": "16 cells of ever more seeds"}
BOUNDS = {"report": 2.0, "plan": 1.0}  # seconds, of the largest size
MOST_BYTES = 300 * 2**20


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


def call(line):
    """Seconds of wall clock and of computing, and the peak of resident bytes."""
    with tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        child = os.posix_spawn(line[0], line, os.environ | {"ABLATE_PYTHON": "false"}, file_actions=[
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0), (os.POSIX_SPAWN_DUP2, errors.fileno(), 2)])
        _, status, usage = os.wait4(child, 0)
        wall = time.perf_counter() - started
        if status != 0:
            errors.seek(0)
            raise RuntimeError(f"{' '.join(line)} failed: {errors.read().decode().strip()}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def jobs_of(folder, shape, options):
    jobs = []
    for size in SIZES[:options.sizes]:
        suite = make_suite(shape, size)
        results = folder / str(size)
        cells = write_results(results, suite)
        file = folder / f"{size}.json"
        file.write_text(json.dumps(suite))
        runs = cells * len(suite["seeds"])
        lines = {"report": ["report", str(results), "--output", str(folder / f"report-{size}")],
                 "plan": ["plan", str(file), "--results", str(folder / "none")]}
        for command, line in lines.items():
            jobs.append({"command": command, "line": [str(Path(options.binaries) / "ablate")] + line, "calls": [],
                         "size": runs, "cells": cells})
    return jobs


def point_of(job):
    walls, computed, memory = zip(*job["calls"])
    return {"size": job["size"], "cells": job["cells"], "seconds": statistics.median(walls), "all_seconds": list(walls),
            "cpu_seconds": statistics.median(computed), "peak_rss_bytes": max(memory)}


def measure_shape(shape, options):
    with tempfile.TemporaryDirectory() as folder:
        jobs = jobs_of(Path(folder), shape, options)
        for _ in range(options.rounds):
            for job in jobs:
                job["calls"].append(call(job["line"]))
    return [{"group": "driver", "quantity": "runs", "name": f"{command}, {SHAPES[shape]}",
             "bounds": {"size": SIZES[-1], "seconds": BOUNDS[command], "peak_rss_bytes": MOST_BYTES},
             "points": [point_of(job) for job in jobs if job["command"] == command]}
            for command in BOUNDS]


def measure(options, progress):
    series = []
    for shape in SHAPES:
        progress(f"the driver against runs: {SHAPES[shape]}")
        series += measure_shape(shape, options)
    return series

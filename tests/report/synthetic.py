"""Writes a results folder with made-up numbers: synthetic.py FOLDER --design D --seeds N
[--factors F,F] [--rows R] [--flaws]; without runs/ where R is 0.

Effects are multiplicative and known, runs of a seed share a part of their noise, and --flaws adds a
censored, a diverged, a failed and a skipped run, and a torn last line."""

import argparse
import hashlib
import itertools
import json
import math
import pathlib
import random

MATRIX = {"padding": ["static", "dynamic"], "precision": ["fp32", "amp"],
          "sharing": ["none", "universal", "cycle"], "schedule": ["constant", "onecycle"]}
EXAMPLES = {"universal": 1.35, "cycle": 1.12, "onecycle": 0.55, "amp": 1.02}
SECONDS = {"dynamic": 0.58, "amp": 0.7, "universal": 0.97, "cycle": 0.98}
MEMORY = {"dynamic": 0.8, "amp": 0.72, "universal": 0.45, "cycle": 0.68}


def cells(design):
    names = list(MATRIX)
    for labels in itertools.product(*MATRIX.values()):
        changed = sum(label != MATRIX[name][0] for name, label in zip(names, labels))
        if design == "factorial" or changed <= 1:
            yield dict(zip(names, labels))


def product(table, cell):
    return math.prod(table.get(label, 1) for label in cell.values())


def rate(cell, share):
    if cell["schedule"] == "constant":
        return 0.001
    return 0.001 * (0.04 + 0.96 * share / 0.1 if share < 0.1
                    else (1 + math.cos(math.pi * (share - 0.1) / 0.9)) / 2)


def curve(cell, examples, seconds, end_loss, rows):
    lines = ["update,examples,target_tokens,train_s,learning_rate,train_loss,valid_loss,grad_norm,"
             "loss_scale"]
    horizon = 40000
    for i in range(rows + 1):
        share = i / rows
        loss = end_loss + (5.2 - end_loss) * (1 - share) ** 2.2
        seen = int(examples * share)
        shown = "" if share < 0.08 else f"{loss:.5g}"
        lines.append(f"{seen // 64},{seen},{seen * 9},{seconds * share:.6g},"
                     f"{rate(cell, min(1, seen / horizon)):.6g},{shown},,1.5,")
    return "\n".join(lines) + "\n"


def make_record(cell, seed, block, position, noise):
    name = ",".join(f"{k}={v}" for k, v in cell.items())
    cell_id = hashlib.sha256(name.encode()).hexdigest()[:12]
    examples = int(24000 * product(EXAMPLES, cell) * noise)
    per_example = 0.0009 * product(SECONDS, cell) * random.lognormvariate(0, 0.02)
    seconds = examples * per_example
    efficiency = 0.42 if cell["padding"] == "static" else 0.86
    memory = 310 * 2**20 * product(MEMORY, cell)
    return {
        "schema_version": 1, "suite": "synthetic", "cell": name, "factors": cell, "seed": seed,
        "block": block, "position": position, "cell_id": cell_id, "run_id": f"{cell_id}-s{seed}",
        "status": "reached", "reason": "", "target": {"metric": "train_loss", "value": 1.8},
        "time_to_target_s": seconds, "examples_to_target": examples,
        "updates_to_target": examples // 64, "target_tokens_to_target": examples * 9,
        "time": {"setup_s": 0.4, "warmup_s": 0.3, "train_s": seconds, "evaluate_s": 0.5,
                 "wall_s": seconds + 1.4},
        "throughput": {"target_tokens_per_s": 9 / per_example,
                       "source_tokens_per_s": 8 / per_example,
                       "padded_tokens_per_s": 9 / per_example / efficiency,
                       "examples_per_s": 1 / per_example, "updates_per_s": 1 / per_example / 64,
                       "update_ms_p50": per_example * 64e3, "update_ms_p95": per_example * 80e3,
                       "padding_efficiency": efficiency, "model_flops_per_s": 4e10, "mfu": 0.21},
        "memory": {"device_peak_allocated_bytes": int(memory), "device_peak_reserved_bytes": None,
                   "device_process_bytes": None, "host_peak_rss_bytes": int(memory + 4e8)},
        "energy_j": None, "loss": {"train": 1.8, "valid": 2.05 + random.gauss(0, 0.03),
                                   "best_valid": 2.04},
        "quality": {"bleu": 18 + random.gauss(0, 0.8), "signature": "nrefs:1|case:mixed|tok:13a",
                    "sentences": 200},
        "parameters": {"total": 1_400_000, "unique": 900_000, "embedding": 300_000},
        "phases": {"load_s": 0.1, "h2d_s": None, "forward_s": seconds * 0.35,
                   "backward_s": seconds * 0.5, "optimizer_s": seconds * 0.1},
        "updates": examples // 64, "examples": examples, "notes": [], "environment": "0123456789ab",
        "started_at": "2026-01-01T00:00:00Z", "attempts": 1,
    }


def flaw(record, status, reason):
    record.update(status=status, reason=reason, time_to_target_s=None, examples_to_target=None,
                  updates_to_target=None, target_tokens_to_target=None)
    if status in ("failed", "diverged"):
        record["loss"] = {"train": None, "valid": None, "best_valid": None}
        record["quality"] = {"bleu": None, "signature": "", "sentences": None}
    if status == "not_reached":
        record["loss"]["train"] = 2.31


def add_flaws(records):
    for record in records:
        cell = record["factors"]
        kind = cell["precision"], cell["sharing"], cell["schedule"]
        if kind == ("fp32", "universal", "constant"):
            flaw(record, "not_reached", "the budget of 30 epochs is used up")
        elif record["cell"] in ("padding=dynamic,precision=fp32,sharing=cycle,schedule=onecycle",
                                "padding=static,precision=fp32,sharing=cycle,schedule=constant"):
            flaw(record, "diverged", "train_loss is not finite at update 310")
        elif kind == ("amp", "none", "constant"):
            if record["seed"] == 1:
                flaw(record, "failed", "ended by SIGKILL | see log.txt")


def write(folder, records, environment, suite, arguments):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "suite.json").write_text(json.dumps(suite, indent=2) + "\n")
    (folder / "environment.json").write_text(json.dumps(environment, indent=2) + "\n")
    text = "".join(json.dumps(record) + "\n" for record in records)
    (folder / "records.jsonl").write_text(text + ('{"schema_version": 1, "su' if arguments.flaws else ""))
    for record in records if arguments.rows else []:
        run = folder / "runs" / record["run_id"]
        run.mkdir(parents=True, exist_ok=True)
        end_loss = record["loss"]["train"] or 3
        (run / "curve.csv").write_text(curve(record["factors"], record["examples"],
                                             record["time"]["train_s"], end_loss, arguments.rows))
        samples = [{"source": "The red cat does not sleep.",
                    "reference": "Le chat rouge ne dort pas.",
                    "translation": "Le chat rouge ne dort pas."},
                   {"source": "Click a | b <now>.", "reference": "Cliquez sur a | b <maintenant>.",
                    "translation": "Cliquez a | b."}]
        (run / "run.json").write_text(json.dumps({**record, "samples": samples}))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--design", default="factorial", choices=["factorial", "one_factor"])
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--factors", help="vary only these")
    parser.add_argument("--rows", type=int, default=40, help="of each curve")
    parser.add_argument("--flaws", action="store_true")
    arguments = parser.parse_args()
    random.seed(7)
    if arguments.factors:
        for name in MATRIX.keys() - set(arguments.factors.split(",")):
            MATRIX[name] = MATRIX[name][:1]
    records = []
    for block in range(arguments.seeds):
        shared = random.lognormvariate(0, 0.06)
        order = list(cells(arguments.design))
        random.shuffle(order)
        for position, cell in enumerate(order):
            noise = shared * random.lognormvariate(0, 0.05)
            records.append(make_record(cell, block + 1, block, position, noise))
    suite = {"schema_version": 1, "name": "synthetic", "description": "Made-up numbers.",
             "device": "cpu", "corpus": {"name": "phrasebook", "pairs": 2000},
             "seeds": list(range(1, arguments.seeds + 1)),
             "baseline": {name: levels[0] for name, levels in MATRIX.items()},
             "matrix": MATRIX, "design": arguments.design}
    if arguments.flaws:
        add_flaws(records)
        skipped = ({"padding": "dynamic"} if arguments.design == "one_factor" else
                   {"padding": "dynamic", "sharing": "cycle", "precision": "amp"})
        suite["exclude"] = [{"when": skipped, "reason": "not worth its time"}]
        records = [r for r in records if not skipped.items() <= r["factors"].items()]
    environment = {"host": "example", "cpu": "Example CPU @ 2.0 GHz", "threads": 2, "cuda": None,
                   "libtorch": "2.11.0", "git": {"commit": "0123abc", "dirty": False}}
    write(arguments.folder, records, environment, suite, arguments)


main()

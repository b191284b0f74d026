"""Measures trainers side by side; tests/peers/run sets up what it needs. See README.md beside it."""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

import table
from session import HERE, PeerError, Session, command

ROOT = HERE.parent.parent
MATRIX = "matrix_rate"
TRAINING = {"label_smoothing": 0.1, "gradient_clip": 1.0, "learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.98,
            "epsilon": 1e-8}


class UsageError(Exception):
    pass


def read_json(path):
    return json.loads(Path(path).read_text())


def parse_arguments(sizes, roster):
    parser = argparse.ArgumentParser(prog="tests/peers/run", description=__doc__)
    parser.add_argument("--size", choices=sizes, default="small")
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    parser.add_argument("--rounds", type=int, default=7, help="default 7")
    parser.add_argument("--updates", type=int, help="that a peer trains each round; default depends on the size")
    parser.add_argument("--peers",
                        help="names of peers.json, each with arguments of its own after colons, as in "
                             "ablate:padding=dynamic; default: all that are for the device")
    parser.add_argument("--corpus", metavar="FOLDER",
                        help="with train.en and train.fr, plain or .gz, as Multi30k has; default $ABLATE_MULTI30K, "
                             "else the generated phrasebook")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--target-tokens", type=int, metavar="N",
                        help="about so many in an update; default: 64 sentences, 8 at size tiny")
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="default: all cores")
    parser.add_argument("--output", metavar="FILE.json")
    parser.add_argument("--binaries", default=str(ROOT / "build/release/bin"), help=argparse.SUPPRESS)
    return parser.parse_args()


def peers_for(device, roster):
    return ",".join(name for name, entry in roster.items() if entry.get("device", device) == device)


def chosen_peers(text, roster):
    """(name as given, its entry in the roster, further arguments) of each."""
    chosen = []
    for given in text.split(","):
        name, *arguments = given.split(":")
        if name not in roster:
            raise UsageError(f"--peers: there is no '{name}'; there are {', '.join(roster)}")
        chosen.append((given, roster[name], arguments))
    return chosen


def corpus_arguments(folder):
    if not folder:
        return []
    files = {}
    for option, language in (("--source", "en"), ("--target", "fr")):
        names = [Path(folder) / f"train.{language}{suffix}" for suffix in ("", ".gz")]
        files[option] = next((name for name in names if name.exists()), None)
        if files[option] is None:
            raise UsageError(f"--corpus: {folder} holds no train.{language} or train.{language}.gz")
    return [str(part) for pair in files.items() for part in pair]


def export_batches(size, arguments, updates, corpus, output):
    binaries = arguments.binaries
    rounds = arguments.rounds + 1  # the first warms up
    options = [str(Path(binaries) / "ablate-export-batches"), "--output", str(output), "--batches", str(updates),
               "--rounds", str(rounds)]
    for option, value in size["batches"].items():
        options += [f"--{option}", str(value)]
    if arguments.target_tokens:
        options += ["--target-tokens", str(arguments.target_tokens)]
    done = subprocess.run(options + corpus_arguments(corpus), capture_output=True, text=True)
    if done.returncode != 0:
        raise UsageError(done.stderr.strip())
    return read_json(output)


def write_config(folder, order, arguments, model, batches):
    config = {"batches": str(batches), "order": order, "precision": arguments.precision, "threads": arguments.threads,
              "device": arguments.device, "seed": 1, "model": model, "training": TRAINING}
    path = Path(folder) / f"{order}.json"
    path.write_text(json.dumps(config))
    return str(path)


def measure(arguments, peers, model, batches, folder, updates):
    configs = {order: write_config(folder, order, arguments, model, batches) for order in ("bucketed", "shuffled")}
    with Session(lambda text: print(text, file=sys.stderr, flush=True)) as session:
        session.add(MATRIX, command(MATRIX + ".py", arguments.binaries) + [configs["bucketed"]], updates)
        for name, entry, further in peers:
            argv = command(entry["program"], arguments.binaries)
            config = configs[entry.get("order", "bucketed")]
            session.add(name, argv + [config] + entry.get("arguments", []) + further, updates)
        if not session.peers:
            raise PeerError("no peer started: " + "; ".join(session.failures.values()))
        session.run(arguments.rounds, updates)
        return session.peers, session.failures


def graphics_processor():
    import torch

    return torch.cuda.get_device_name()


def processor():
    """Its name and the extensions that decide how fast it multiplies matrices."""
    facts = dict(line.split(":", 1) for line in Path("/proc/cpuinfo").read_text().split("\n\n")[0].splitlines()
                 if ":" in line)
    facts = {key.strip(): value.strip() for key, value in facts.items()}
    flags = facts.get("flags", "").split()
    known = [flag for flag in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if flag in flags]
    name = facts.get("model name", platform.machine())
    return f"{name}, family {facts.get('cpu family', '?')} model {facts.get('model', '?')}, {' '.join(known)}"


def describe(arguments, data, model, updates):
    ids = "ids drawn by Zipf's law, with the lengths of" if data["ids_drawn"] else "ids of"
    batches = data["batches"]["bucketed"]
    title = (f"{arguments.size}, {arguments.precision}: d_model {model['d_model']}, {model['layers']}+{model['layers']} "
             f"layers, {model['heads']} heads, d_ff {model['d_ff']}, dropout {model['dropout']}, vocabularies "
             f"{data['source_vocabulary']:,} and {data['target_vocabulary']:,}, {len(batches[0])} sentences an update, "
             f"{ids} {data['corpus']}")
    machine = f"{arguments.threads} cores of {processor()}"
    if arguments.device == "cuda":
        machine = f"{graphics_processor()}, beside {machine}"
    note = (f"Medians (and extremes) of {arguments.rounds} rounds of {updates} updates, interleaved, on "
            f"{machine}. others: share of the machine that other programs used.")
    return {"title": title, "note": note, "size": arguments.size, "precision": arguments.precision,
            "device": arguments.device, "updates": updates, "model": model, "corpus": data["corpus"],
            "ids_drawn": data["ids_drawn"],
            "source_vocabulary": data["source_vocabulary"], "target_vocabulary": data["target_vocabulary"],
            "sentences": len(batches[0]), "processor": processor()}


def compare():
    sizes, roster = read_json(HERE / "sizes.json"), read_json(HERE / "peers.json")
    arguments = parse_arguments(sizes, roster)
    peers = chosen_peers(arguments.peers or peers_for(arguments.device, roster), roster)
    size = sizes[arguments.size]
    updates = arguments.updates or size["updates"]
    model = size["model"] | {"dropout": arguments.dropout, "max_length": 256}
    with tempfile.TemporaryDirectory() as folder:
        batches = Path(folder) / "batches.json"
        corpus = arguments.corpus or os.environ.get("ABLATE_MULTI30K")
        data = export_batches(size, arguments, updates, corpus, batches)
        measured, left_out = measure(arguments, peers, model, batches, folder, updates)
    matrix = next((peer for peer in measured if peer.name == MATRIX), None)
    trainers = [peer for peer in measured if peer is not matrix]
    report = describe(arguments, data, model, updates) | {"left_out": left_out}
    report |= table.summarise(trainers, table.training_flops(model, data), matrix, arguments.precision)
    print(table.render(report))
    if arguments.output:
        Path(arguments.output).write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    try:
        compare()
    except (UsageError, PeerError) as error:
        sys.exit(f"tests/peers/run: {error}")

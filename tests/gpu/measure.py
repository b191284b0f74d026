"""Steps that test and measure ablate on a GPU, each with a time limit; one that fails is reported, and the others go
on. tests/gpu/run starts it. `--device cpu --tiny` goes through all of them in small, where there is no GPU."""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import report
import roofline
import suites

HERE = Path(__file__).resolve().parent
PEERS = HERE.parent / "peers"
TEST_PROGRAMS = ["train_tests", "graph_tests", "cuda_tests"]
ON_A_GPU = "CudaTest.*:CudaGraphTest.*:*OnDevice*"  # they skip where there is none
TOKENS = [2048, 4096, 8192]


class StepError(Exception):
    pass


@dataclass
class Step:
    name: str
    limit_s: float
    work: object
    seconds: float = 0
    failure: str = ""
    result: dict = field(default_factory=dict)


def parse_arguments():
    parser = argparse.ArgumentParser(prog="tests/gpu/run", description=__doc__)
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--tiny", action="store_true", help="everything in small: to try the steps themselves")
    parser.add_argument("--corpus", metavar="FOLDER",
                        help="with train.en and train.fr, plain or .gz, as Multi30k has; default: the phrasebook")
    parser.add_argument("--output", metavar="FOLDER", default="gpu-report", help="default: gpu-report")
    parser.add_argument("--steps", metavar="NAME,…", help="default: all")
    parser.add_argument("--total", type=float, default=475, help="seconds for all steps together; default 475")
    parser.add_argument("--binaries", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--suites", required=True, help=argparse.SUPPRESS)
    return parser.parse_args()


def environment():
    """ablate finds LibTorch by TORCH_DIR, its test programs by the search path of libraries."""
    import torch

    folder = Path(torch.__file__).parent
    libraries = [str(folder / "lib"), os.environ.get("LD_LIBRARY_PATH", "")]
    return os.environ | {"TORCH_DIR": str(folder), "LD_LIBRARY_PATH": ":".join(filter(None, libraries)),
                         "GOMP_SPINCOUNT": "2000"}


class Runner:
    """Commands of a step, which end with it: all that they started, too."""

    def __init__(self, output):
        self.log, self.environment, self.until = open(output / "log.txt", "w"), environment(), 0.0

    def __call__(self, *command, may_fail=False):
        command = [str(part) for part in command]
        print("$", *command, file=self.log, flush=True)
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, text=True, env=self.environment,
                                   start_new_session=True)
        try:
            out, _ = process.communicate(timeout=max(0.1, self.until - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise StepError("ran past its limit") from None
        print(out, file=self.log, flush=True)
        if process.returncode != 0 and not may_fail:
            raise StepError(f"{Path(command[0]).name} ended with exit code {process.returncode}; see log.txt")
        return out


class Session:
    def __init__(self, arguments):
        self.arguments, self.output = arguments, Path(arguments.output).resolve()
        self.output.mkdir(parents=True, exist_ok=True)
        self.binaries, self.run = Path(arguments.binaries), Runner(self.output)
        self.rates = None

    def steps(self):
        sizes = TOKENS[:1] if self.arguments.tiny else TOKENS
        peers = [Step(f"peers-{tokens}", 75, lambda tokens=tokens: self.peers(tokens)) for tokens in sizes]
        return [Step("tests", 90, self.tests), Step("rates", 20, self.measure_rates), *peers,
                Step("assignment", 150, lambda: self.suite("assignment")),
                Step("full", 110, lambda: self.suite("full"))]

    def tests(self):
        counts = {"passed": 0, "skipped": 0, "failed": [], "missing": []}
        for program in TEST_PROGRAMS:
            path = self.binaries / program
            if not path.exists():
                counts["missing"].append(program)
                continue
            file = self.output / f"{program}.json"
            self.run(path, f"--gtest_filter={ON_A_GPU}", f"--gtest_output=json:{file}", may_fail=True)
            if not file.exists():
                raise StepError(f"{program} broke off; see log.txt")
            for suite in json.loads(file.read_text()).get("testsuites", []):
                for test in suite["testsuite"]:
                    if "failures" in test:
                        counts["failed"].append(f"{suite['name']}.{test['name']}")
                    else:
                        counts["skipped" if test.get("result") == "SKIPPED" else "passed"] += 1
        if len(counts["missing"]) == len(TEST_PROGRAMS):
            raise StepError(f"{self.binaries} holds none of {', '.join(TEST_PROGRAMS)}")
        return counts

    def measure_rates(self):
        self.rates = json.loads(self.run(sys.executable, HERE / "rates.py", self.arguments.device))
        return self.rates

    def peers(self, tokens):
        file = self.output / f"peers-{tokens}.json"
        tiny, device = self.arguments.tiny, self.arguments.device
        names = ["pytorch", "ablate_reference"] if device == "cpu" else [
            "pytorch", "pytorch_reduce_overhead", "ablate_gpu_eager", "ablate_gpu_graph", "ablate_gpu"]
        options = ["--size", "tiny" if tiny else "assignment", "--rounds", "1" if tiny else "5"]
        options += ["--updates", "2" if tiny else "4", "--target-tokens", str(64 if tiny else tokens)]
        options += ["--corpus", self.arguments.corpus] if self.arguments.corpus else []
        self.run(sys.executable, PEERS / "compare.py", "--binaries", self.binaries, "--device", device, "--precision",
                 "bf16", "--peers", ",".join(names), "--output", file, *options)
        compared = json.loads(file.read_text())
        return compared | {"roofline": roofline.of(compared, self.rates) if self.rates else None}

    def suite(self, name):
        suite = suites.adapted(Path(self.arguments.suites) / f"{name}.json", self.arguments)
        file, results = self.output / f"{name}.json", self.output / name
        file.write_text(json.dumps(suite, indent=1) + "\n")
        self.run(self.binaries / "ablate", "run", file, "--results", results, "--no-report", "--fresh", may_fail=True)
        records = results / "records.jsonl"
        if not records.exists():
            raise StepError("ablate run left no records; see log.txt")
        return {"records": [json.loads(line) for line in records.read_text().splitlines()],
                "target": suite["target"]}

    def perform(self, step, until):
        start = time.monotonic()
        self.run.until = min(until, start + step.limit_s)
        try:
            if start >= until:
                raise StepError("no time was left")
            step.result = step.work()
        except (StepError, OSError, ValueError, KeyError) as error:
            step.failure = str(error) or repr(error)
        step.seconds = time.monotonic() - start
        print(f"{step.name}: {step.failure or 'done'} ({step.seconds:.0f} s)", file=sys.stderr, flush=True)


def main():
    arguments = parse_arguments()
    session = Session(arguments)
    steps = session.steps()
    if arguments.steps:
        wanted = arguments.steps.split(",")
        steps = [step for step in steps if step.name in wanted]
    until = time.monotonic() + arguments.total
    for step in steps:
        session.perform(step, until)
    path = session.output / "report.md"
    path.write_text(report.render(arguments, steps))
    print(path)
    bad = [step for step in steps if step.failure or step.result.get("failed")]
    sys.exit(2 if bad else 0)


if __name__ == "__main__":
    main()

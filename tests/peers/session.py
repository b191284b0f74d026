"""Peers as processes that stay alive and warm, of which one at a time has the machine."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class PeerError(Exception):
    """Why a peer cannot take part."""


def environment():
    """Threads that wait at a barrier sleep soon, as ablate's driver has its workers do; nothing is downloaded."""
    ours = {"TORCHINDUCTOR_COMPILE_THREADS": "1", "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    if "OMP_WAIT_POLICY" not in os.environ:
        ours["GOMP_SPINCOUNT"] = "2000"
    return ours | dict(os.environ)


def command(program, binaries):
    return [sys.executable, str(HERE / program)] if program.endswith(".py") else [str(Path(binaries) / program)]


def busy_seconds():
    """Of all processors, in all processes and in the hypervisor, since the machine started."""
    with open("/proc/stat") as file:
        user, nice, system, _, _, irq, soft_irq, steal = map(int, file.readline().split()[1:9])
    return (user + nice + system + irq + soft_irq + steal) / TICKS_PER_SECOND


class Peer:
    """One process. `ready` is what it said of itself, `rounds` are its answers."""

    def __init__(self, name, argv):
        self.name, self.rounds = name, []
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors,
                                        text=True, env=environment())
        self.ready = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if line:
            return json.loads(line)
        self.process.wait()
        self.errors.seek(0)
        lines = self.errors.read().strip().splitlines() or [f"ended with exit code {self.process.returncode}"]
        raise PeerError(next(line for line in lines if not line.startswith("frame #")))

    def cpu_seconds(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND

    def go(self, updates):
        """`updates` updates. Adds which share of all processors others used meanwhile."""
        busy, own = busy_seconds(), self.cpu_seconds()
        try:
            self.process.stdin.write(f"go {updates}\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # answer() says why
        answer = self.answer()
        busy, own = busy_seconds() - busy, self.cpu_seconds() - own
        wall = answer.get("seconds") or 1.0
        answer["others_share"] = max(0.0, busy - own) / (wall * os.cpu_count())
        return answer

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.errors.close()


class Session:
    """Starts peers one after the other, each warm before the next one; keeps those that start, and why others did
    not in `failures`."""

    def __init__(self, progress):
        self.peers, self.failures, self.progress = [], {}, progress

    def add(self, name, argv, warmup_updates):
        self.progress(f"{name}: starts")
        try:
            peer = Peer(name, argv)
            peer.go(warmup_updates)
            self.peers.append(peer)
        except (PeerError, OSError) as error:
            self.failures[name] = str(error)
            self.progress(f"{name}: left out: {error}")

    def run(self, rounds, updates):
        for number in range(rounds):
            self.progress(f"round {number + 1} of {rounds}")
            first = number % len(self.peers)
            for peer in self.peers[first:] + self.peers[:first]:
                peer.rounds.append(peer.go(updates))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for peer in self.peers:
            peer.close()

"""Google Benchmark's compare.py (Debian: libbenchmark-tools) over two files; prints what it makes of them as JSON."""

import os
import subprocess
import sys
import tempfile

COMPARE = os.environ.get("BENCHMARK_COMPARE", "/usr/share/benchmark/compare.py")

baseline, contender = sys.argv[1:]
with tempfile.TemporaryDirectory() as folder:
    report = os.path.join(folder, "report.json")
    command = [sys.executable, COMPARE, "--no-color", "-d", report, "benchmarks", baseline, contender]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(result.stderr)
    if "Warning" in result.stderr:
        sys.exit(result.stderr)
    with open(report) as file:
        print(file.read())

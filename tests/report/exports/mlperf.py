"""MLPerf's parser (PyPI: mlperf-logging) over one log; prints its lines, and what it could not read, as JSON."""

import json
import sys

from mlperf_logging.compliance_checker.mlp_parser import parse_file

answers = []
for ruleset in ("1.0.0", "5.1.0", "6.1.0"):
    lines, errors = parse_file(sys.argv[1], ruleset)
    answers.append({
        "lines": [{"time_ms": line.timestamp, "key": line.key, **line.value} for line in lines],
        "errors": [str(error) for error in errors],
    })
assert all(answer == answers[0] for answer in answers), "rulesets disagree"
print(json.dumps(answers[0]))

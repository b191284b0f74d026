"""Validates suites with Python's jsonschema, the outside truth for suites/schema.json.

Reads a JSON array of suites from stdin and prints a line for each: "good", or "bad" and why.
"""

import json
import sys

import jsonschema

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
for suite in json.load(sys.stdin):
    error = next(validator.iter_errors(suite), None)
    reason = "" if error is None else error.message.replace("\n", " ")[:200]
    print("good" if error is None else f"bad {error.json_path}: {reason}")

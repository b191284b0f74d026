"""Reads JUnit XML from stdin, holds it to junit.xsd beside this script, and prints what a reader sees as JSON."""

import json
import pathlib
import sys

from lxml import etree

schema = etree.XMLSchema(etree.parse(str(pathlib.Path(__file__).with_name("junit.xsd"))))
root = etree.fromstring(sys.stdin.buffer.read())
schema.assertValid(root)
suite = root.find("testsuite")


def outcome(testcase):
    for kind in ("skipped", "error", "failure"):
        found = testcase.find(kind)
        if found is not None:
            return {"kind": kind, **found.attrib, "text": found.text or ""}
    return {"kind": "passed"}


cases = [{
    **case.attrib,
    "outcome": outcome(case),
    "properties": {p.get("name"): p.get("value") for p in case.iter("property")},
    "system_out": case.findtext("system-out"),
} for case in suite.iter("testcase")]
for kind, attribute in (("error", "errors"), ("failure", "failures"), ("skipped", "skipped")):
    assert int(suite.get(attribute)) == sum(case["outcome"]["kind"] == kind for case in cases), kind
assert int(suite.get("tests")) == len(cases) == int(root.get("tests"))
print(json.dumps({"suite": dict(suite.attrib), "cases": cases}))

"""Reads {"student": [[p, degrees], ...], "cdf": [[t, degrees], ...], "beta": [[a, b, x], ...],
"samples": [[...], ...]} and prints SciPy's answers in the same shape."""

import json
import sys

import numpy as np
from scipy import special, stats

question = json.load(sys.stdin)


def interval(sample):
    logs = np.log(sample)
    low, high = stats.t.interval(0.95, len(logs) - 1, loc=logs.mean(), scale=stats.sem(logs))
    return [stats.gmean(sample), np.exp(low), np.exp(high)]


print(json.dumps({
    "student": [stats.t.ppf(p, degrees) for p, degrees in question["student"]],
    "cdf": [stats.t.cdf(t, degrees) for t, degrees in question["cdf"]],
    "beta": [special.betainc(a, b, x) for a, b, x in question["beta"]],
    "samples": [interval(sample) for sample in question["samples"]],
}))

"""Reads {"student": [[p, degrees], ...], "cdf": [[t, degrees], ...], "beta": [[a, b, x], ...],
"f": [[f, numerator, denominator], ...], "samples": [[[...], confidence], ...], "groups": [[...]]}
and prints SciPy's answers in the same shape; of samples the geometric mean, its limits and the p
value of a mean logarithm of zero; of all groups the pooled [deviation, degrees]."""

import json
import sys

import numpy as np
from scipy import special, stats

question = json.load(sys.stdin)


def sample_answer(sample, confidence):
    test = stats.ttest_1samp(np.log(sample), 0)
    limits = test.confidence_interval(confidence)
    return [stats.gmean(sample), np.exp(limits.low), np.exp(limits.high), test.pvalue]


def pooled(groups):
    degrees = sum(len(group) - 1 for group in groups)
    return [np.sqrt(sum(np.var(group) * len(group) for group in groups) / degrees), degrees]


print(json.dumps({
    "student": [stats.t.ppf(p, degrees) for p, degrees in question["student"]],
    "cdf": [stats.t.cdf(t, degrees) for t, degrees in question["cdf"]],
    "two_sided": [2 * stats.t.sf(abs(t), degrees) for t, degrees in question["cdf"]],
    "beta": [special.betainc(a, b, x) for a, b, x in question["beta"]],
    "f": [stats.f.sf(*arguments) for arguments in question["f"]],
    "samples": [sample_answer(*sample) for sample in question["samples"]],
    "groups": pooled(question["groups"]),
}))

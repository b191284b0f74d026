"""Reads a list of [before, now] lists of times and prints SciPy's Welch interval of the logarithms'
difference, carried back, and the one-sided p that it is at most log(1.05): [[low, high, p], ...]."""

import json
import sys

import numpy as np
from scipy import stats


def compare(pair):
    before, now = (np.log(times) for times in pair)
    limits = stats.ttest_ind(now, before, equal_var=False).confidence_interval(0.95)
    beyond = stats.ttest_ind(now - np.log(1.05), before, equal_var=False, alternative="greater")
    return [float(np.exp(limits.low)), float(np.exp(limits.high)), float(beyond.pvalue)]


print(json.dumps([compare(pair) for pair in json.load(sys.stdin)]))

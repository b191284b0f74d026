"""Reads a list of samples and prints the percentile limits of SciPy's bootstrap of their means."""

import json
import sys

import numpy as np
from scipy import stats


def limits(sample):
    result = stats.bootstrap((sample,), np.mean, method="percentile", n_resamples=20000,
                             rng=np.random.default_rng(0))
    return [result.confidence_interval.low, result.confidence_interval.high]


print(json.dumps([limits(sample) for sample in json.load(sys.stdin)]))

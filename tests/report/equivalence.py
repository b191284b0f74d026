"""Reads a list of [log ratios, margin] and prints statsmodels' two one-sided t tests of each: [p,
lower limit of the ratio, upper limit], the limits at 90%."""

import json
import math
import sys

from statsmodels.stats.weightstats import DescrStatsW


def test(logs, margin):
    sample = DescrStatsW(logs)
    p = sample.ttost_mean(-math.log1p(margin), math.log1p(margin))[0]
    return [p, *(math.exp(limit) for limit in sample.tconfint_mean(alpha=0.1))]


print(json.dumps([test(*question) for question in json.load(sys.stdin)]))

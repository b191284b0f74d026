"""Reads {"families": [[p, ...], ...], "comparisons": [m, ...]} and prints statsmodels' Holm-adjusted
p values, and the confidence that its Sidak and Bonferroni corrections leave each comparison."""

import json
import sys

from statsmodels.stats.multitest import multipletests

question = json.load(sys.stdin)


def confidence(method, comparisons):
    sidak, bonferroni = multipletests([0.5] * comparisons, alpha=0.05, method="holm")[2:]
    return 1 - (sidak if method == "sidak" else bonferroni)


print(json.dumps({
    "holm": [list(multipletests(family, method="holm")[1]) for family in question["families"]],
    "sidak": [confidence("sidak", m) for m in question["comparisons"]],
    "bonferroni": [confidence("bonferroni", m) for m in question["comparisons"]],
}))

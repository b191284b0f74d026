"""Reads a list of {"times": [...], "censored": [...], "tau": t} and prints lifelines' Kaplan-Meier
estimate of each, {"steps": [[time, at risk, reached, censored, unreached], ...]}, and its
restricted mean to tau."""

import json
import sys

from lifelines import KaplanMeierFitter
from lifelines.utils import restricted_mean_survival_time


def estimate(sample):
    fitter = KaplanMeierFitter().fit(sample["times"], [not c for c in sample["censored"]])
    table, curve = fitter.event_table, fitter.survival_function_["KM_estimate"]
    steps = [[time, int(row["at_risk"]), int(row["observed"]), int(row["censored"]), curve[time]]
             for time, row in table.iterrows()]
    return {"steps": steps, "mean": restricted_mean_survival_time(fitter, t=sample["tau"])}


print(json.dumps([estimate(sample) for sample in json.load(sys.stdin)]))

"""Reads a list of {"points": [{"levels": [...], "block": b, "value": y}], "interactions": bool}
and prints, for each, statsmodels' type III analysis of variance: {"terms": {"0": [sum of squares,
degrees, F, p], "0:1": ...}, "residual": [sum of squares, degrees]}."""

import json
import re
import sys

import pandas as pd
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm


def frame(points):
    rows = [{"block": p["block"], "value": p["value"],
             **{f"f{i}": level for i, level in enumerate(p["levels"])}} for p in points]
    return pd.DataFrame(rows)


def analyse(question):
    data = frame(question["points"])
    factors = [f"C({name}, Sum)" for name in data.columns if name.startswith("f")]
    power = 2 if question["interactions"] else 1
    blocks = "C(block, Sum) + " if data["block"].nunique() > 1 else ""
    formula = f"value ~ {blocks}({' + '.join(factors)}) ** {power}"
    table = anova_lm(ols(formula, data).fit(), typ=3)
    terms = {}
    for name, row in table.iterrows():
        indices = re.findall(r"C\(f(\d+), Sum\)", name)
        if indices:
            terms[":".join(indices)] = [row["sum_sq"], row["df"], row["F"], row["PR(>F)"]]
    rest = table.loc["Residual"]
    return {"terms": terms, "residual": [rest["sum_sq"], rest["df"]]}


print(json.dumps([analyse(question) for question in json.load(sys.stdin)]))

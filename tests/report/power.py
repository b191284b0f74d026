"""Reads {"power": [[effect, n, alpha], ...], "effect": [[n, power, alpha], ...]} and prints
statsmodels' power of the t test of one mean, and the effects that have such a power."""

import json
import sys

from statsmodels.stats.power import TTestPower

question = json.load(sys.stdin)
test = TTestPower()
print(json.dumps({
    "power": [float(test.power(effect, n, alpha)) for effect, n, alpha in question["power"]],
    "effect": [float(test.solve_power(nobs=n, power=power, alpha=alpha))
               for n, power, alpha in question["effect"]],
}))

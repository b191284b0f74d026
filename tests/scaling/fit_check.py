"""Holds fit.py to SciPy and to what is known of made-up costs; fails where something is off."""

import math
import random

from scipy import stats

import fit

SIZES = [8, 16, 32, 64, 128, 256]


def near(value, truth, tolerance=1e-9):
    assert abs(value - truth) <= tolerance * max(1, abs(truth)), f"{value}, where it is {truth}"


def exponents_are_those_of_scipy():
    rng = random.Random(1)
    points = [(x, 0.3 * x**1.5 * rng.lognormvariate(0, 0.1)) for x in SIZES]
    truth = stats.linregress([math.log(x) for x, _ in points], [math.log(y) for _, y in points])
    half = stats.t.ppf(0.975, len(points) - 2) * truth.stderr
    found = fit.exponent(points)
    near(found["value"], truth.slope)
    near(found["low"], truth.slope - half)
    near(found["high"], truth.slope + half)


def a_line_is_kept_to_its_end():
    part = fit.linear_part([(x, 3 + 2 * x) for x in SIZES])
    near(part["fixed"], 3)
    near(part["per_unit"], 2)
    assert part["last"] == 256 and part["departs"] is None, part


def a_line_is_left_where_the_cost_doubles():
    part = fit.linear_part([(x, (3 + 2 * x) * (2 if x >= 128 else 1)) for x in SIZES])
    near(part["fixed"], 3)
    assert part["last"] == 64 and part["departs"]["size"] == 128, part
    near(part["departs"]["ratio"], 2)


def what_the_extremes_span_is_on_the_line():
    noisy = [(x, (3 + 2 * x) * (1.5 if x == 64 else 1), (3 + 2 * x) * 0.9, (3 + 2 * x) * 1.6) for x in SIZES]
    assert fit.linear_part(noisy)["departs"] is None, fit.linear_part(noisy)


def what_is_no_line_leaves_it_at_once():
    part = fit.linear_part([(x, x**2) for x in SIZES])
    assert part["last"] == 8 and part["departs"] == {"size": 16, "ratio": 2.0}, part


def a_line_has_no_negative_parts():
    part = fit.line([(x, x**1.05) for x in SIZES])
    assert part[0] == 0 and part[1] > 0, part
    near(fit.line([(x, 7) for x in SIZES])[0], 7)


def few_points_have_no_limits():
    assert fit.exponent([(1, 1)])["value"] is None
    assert fit.exponent([(1, 1), (2, 4)]) == {"value": 2.0, "low": None, "high": None}


for check in (exponents_are_those_of_scipy, a_line_is_kept_to_its_end, a_line_is_left_where_the_cost_doubles,
              what_the_extremes_span_is_on_the_line, what_is_no_line_leaves_it_at_once, a_line_has_no_negative_parts,
              few_points_have_no_limits):
    check()

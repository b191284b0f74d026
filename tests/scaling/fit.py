"""How a cost grows with a size: its exponent, the straight line that it keeps to, and where it leaves that.

Points are (size, cost), in ascending order of size."""

import math
import statistics

from scipy.stats import t as student

TOLERANCE = 0.1  # of the line; what is nearer is on it
LEVEL = 0.95


def exponent(points):
    """The slope of log(cost) over log(size) by least squares, with its 95% limits: {"value", "low", "high"}. Limits
    are None with fewer than three points, everything with fewer than two."""
    if len(points) < 2:
        return {"value": None, "low": None, "high": None}
    xs, ys = [math.log(x) for x, _ in points], [math.log(y) for _, y in points]
    x, y = statistics.fmean(xs), statistics.fmean(ys)
    spread = sum((a - x) ** 2 for a in xs)
    slope = sum((a - x) * (b - y) for a, b in zip(xs, ys)) / spread
    free = len(points) - 2
    if free < 1:
        return {"value": slope, "low": None, "high": None}
    rest = sum((b - y - slope * (a - x)) ** 2 for a, b in zip(xs, ys))
    half = student.ppf((1 + LEVEL) / 2, free) * math.sqrt(rest / free / spread)
    return {"value": slope, "low": slope - half, "high": slope + half}


def power(points):
    """(factor, exponent) of the power law through the points."""
    slope = exponent(points)["value"]
    return math.exp(statistics.fmean(math.log(y) - slope * math.log(x) for x, y in points)), slope


def slopes(points):
    """Between neighbours, on logarithms."""
    return [exponent(list(pair))["value"] for pair in zip(points, points[1:])]


def line(points):
    """(fixed, per unit) of the line with the least squares of relative errors; neither is negative."""
    u, v = [1 / y for _, y in points], [x / y for x, y in points]
    uu, uv, vv = (sum(a * b for a, b in zip(*pair)) for pair in ((u, u), (u, v), (v, v)))
    determinant = uu * vv - uv * uv
    if determinant > 1e-12 * uu * vv:
        fixed = (sum(u) * vv - sum(v) * uv) / determinant
        unit = (sum(v) * uu - sum(u) * uv) / determinant
        if fixed >= 0 and unit >= 0:
            return fixed, unit
    through_zero, constant = (0.0, sum(v) / vv), (sum(u) / uu, 0.0)
    return min(through_zero, constant, key=lambda candidate: misfit(points, *candidate))


def misfit(points, fixed, unit):
    return sum(((fixed + unit * x) / y - 1) ** 2 for x, y in points)


def linear_part(points):
    """The longest start of the points that one line holds to within TOLERANCE, and what comes after it.

    {"fixed", "per_unit", "last": the last size on the line, "departs": None, or {"size": the first size off the
    line, "ratio": cost there / what the line says}}. A line of one point is proportional."""
    for count in range(len(points), 0, -1):
        fixed, unit = line(points[:count]) if count > 1 else (0.0, points[0][1] / points[0][0])
        if any(abs(y / (fixed + unit * x) - 1) > TOLERANCE for x, y in points[:count]):
            continue
        part = {"fixed": fixed, "per_unit": unit, "last": points[count - 1][0], "departs": None}
        if count < len(points):
            x, y = points[count]
            part["departs"] = {"size": x, "ratio": y / (fixed + unit * x)}
        return part
    return None


def describe(points):
    """All of the above, as JSON has it."""
    return {"exponent": exponent(points), "slopes": slopes(points), "linear": linear_part(points)}

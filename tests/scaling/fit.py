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


def is_on(point, fixed, unit):
    """Whether a point (size, cost) or (size, cost, least, most) is on the line, or what was measured there spans it."""
    size, cost, *extremes = point
    least, most = extremes or (cost, cost)
    expected = fixed + unit * size
    return abs(cost / expected - 1) <= TOLERANCE or least <= expected <= most


def linear_part(points):
    """The longest start of the points that one line holds, and what comes after it; points as is_on has them.

    {"fixed", "per_unit", "last": the last size on the line, "departs": None, or {"size": the first size off the
    line, "ratio": cost there / what the line says}}. A line of one point is proportional."""
    for count in range(len(points), 0, -1):
        start = [point[:2] for point in points[:count]]
        fixed, unit = line(start) if count > 1 else (0.0, start[0][1] / start[0][0])
        if not all(is_on(point, fixed, unit) for point in points[:count]):
            continue
        part = {"fixed": fixed, "per_unit": unit, "last": points[-1][0], "departs": None}
        for before, point in zip(points, points[1:]):
            if not is_on(point, fixed, unit):
                part |= {"last": before[0], "departs": {"size": point[0],
                                                        "ratio": point[1] / (fixed + unit * point[0])}}
                break
        return part
    return None


def describe(points):
    """All of the above, as JSON has it, of points with their extremes."""
    costs = [point[:2] for point in points]
    return {"exponent": exponent(costs), "slopes": slopes(costs), "linear": linear_part(points)}

"""Pictures of how costs grow, as Vega-Lite and SVG, in the look of a report's: theme.json is theme.cc's."""

import json
import math
from pathlib import Path

import vl_convert

import fit

WIDTH, HEIGHT = 720, 320
THEMES = json.loads((Path(__file__).resolve().parent / "theme.json").read_text())
SIZE_LABEL = "format(datum.value, datum.value % 1000 || datum.value < 10000 ? ',' : '~s')"
SECONDS_LABEL = ("datum.value < 0.999e-3 ? format(datum.value * 1e6, '.3~r') + ' µs' : "
                 "datum.value < 0.999 ? format(datum.value * 1e3, '.3~r') + ' ms' : format(datum.value, '.3~r') + ' s'")
COLOURS = [1, 2, 3, 4]  # of the theme's categories; the first is grey


def values_of(series):
    """Rows of measured points, of the power law and of the straight line, and of where that is left."""
    points, lines = [], []
    for one in series:
        rows = [(point["size"], point["seconds"]) for point in one["points"]]
        off = (one["linear"]["departs"] or {}).get("size")
        points += [{"series": one["name"], "size": point["size"], "seconds": point["seconds"],
                    "low": min(point["all_seconds"]), "high": max(point["all_seconds"]), "off": point["size"] == off}
                   for point in one["points"]]
        if len(rows) < 2:
            continue
        factor, slope = fit.power(rows)
        for i in range(41):
            size = rows[0][0] * (rows[-1][0] / rows[0][0]) ** (i / 40)
            straight = one["linear"]["fixed"] + one["linear"]["per_unit"] * size
            lines += [{"series": one["name"], "size": size, "seconds": factor * size**slope, "fit": "power law"},
                      {"series": one["name"], "size": size, "seconds": straight, "fit": "straight line"}]
    return points, lines


def logarithmic(field, title, values, labels, domain):
    axis = {"title": title, "values": values, "labelExpr": labels, "labelOverlap": "greedy", "labelFlush": False}
    return {"field": field, "type": "quantitative", "axis": axis,
            "scale": {"type": "log", "nice": False, "domain": domain}}


def round_values(low, high):
    """1, 2 and 5 times the powers of ten in between."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [digit * 10.0**decade for decade in decades for digit in (1, 2, 5) if low <= digit * 10.0**decade <= high]


def plot(theme, series, size_title, cost_title):
    points, lines = values_of(series)
    sizes = sorted({point["size"] for point in points})
    names = [one["name"] for one in series]
    categories = THEMES[theme]["config"]["range"]["category"]
    colour = {"field": "series", "type": "nominal", "title": None, "legend": {"symbolType": "stroke", "columns": 2},
              "scale": {"domain": names, "range": [categories[i] for i in COLOURS[:len(names)]]}}
    low, high = (f(value for row in points + lines for value in (row["seconds"], row.get(key, row["seconds"])))
                 for f, key in ((min, "low"), (max, "high")))
    x = logarithmic("size", size_title, sizes, SIZE_LABEL, [sizes[0] / 1.03, sizes[-1] * 1.03])
    y = logarithmic("seconds", cost_title, round_values(low / 1.1, high * 1.1), SECONDS_LABEL,
                    [low / 1.1, high * 1.1])
    dash = {"field": "fit", "type": "nominal", "title": None, "legend": {"symbolType": "stroke"},
            "scale": {"domain": ["power law", "straight line"], "range": [[1, 0], [4, 4]]}}
    layers = [
        {"data": {"values": lines}, "mark": {"type": "line", "strokeWidth": 1.5, "clip": True},
         "encoding": {"x": x, "y": y, "color": colour, "strokeDash": dash}},
        {"mark": {"type": "rule", "strokeWidth": 2},
         "encoding": {"x": x, "y": y | {"field": "low"}, "y2": {"field": "high"}, "color": colour}},
        {"mark": {"type": "point", "filled": True, "size": 44, "opacity": 1},
         "encoding": {"x": x, "y": y, "color": colour}},
        {"transform": [{"filter": "datum.off"}],
         "mark": {"type": "point", "filled": False, "size": 260, "strokeWidth": 1.8},
         "encoding": {"x": x, "y": y, "color": colour}},
    ]
    return THEMES[theme] | {
        "width": WIDTH, "height": HEIGHT, "autosize": {"type": "fit", "contains": "padding"},
        "data": {"values": points}, "layer": layers}


def write(folder, name, series, size_title, cost_title):
    """<name>.vl.json, <name>-light.svg and <name>-dark.svg."""
    folder.mkdir(parents=True, exist_ok=True)
    for theme in THEMES:
        drawn = plot(theme, series, size_title, cost_title)
        svg = vl_convert.vegalite_to_svg(drawn, vl_version="5.21")
        (folder / f"{name}-{theme}.svg").write_text(svg + "\n")
        if theme == "light":
            (folder / f"{name}.vl.json").write_text(json.dumps(drawn, indent=1) + "\n")

"""The measurements as Markdown for people."""

PLOTS = {
    "update_tokens": ("update", "tokens", "target tokens an update", "An update against its target tokens"),
    "update_layers": ("update", "layers", "layers of the encoder, and as many of the decoder",
                      "An update against layers"),
    "update_width": ("update", "width", "d_model; d_ff is four times that", "An update against width"),
    "update_vocabulary": ("update", "vocabulary", "words of either vocabulary", "An update against vocabulary"),
    "driver_runs": ("driver", "runs", "runs", "The driver against runs"),
    "corpus_pairs": ("corpus", "pairs", "sentence pairs", "A corpus against pairs"),
}
UNITS = {"tokens": "token", "layers": "layer", "width": "unit of width", "vocabulary": "word", "runs": "run",
         "pairs": "pair"}
COSTS = {"update": "seconds an update", "driver": "seconds", "corpus": "seconds from text to batches"}


def rounded(value, digits=3):
    """Three digits that mean something, without an exponent."""
    text = f"{value:.{digits}g}"
    return f"{float(text):,.0f}" if "e" in text or abs(value) >= 1000 else text


def duration(seconds):
    for limit, scale, unit in ((1e-6, 1e9, "ns"), (1e-3, 1e6, "µs"), (1, 1e3, "ms")):
        if seconds < limit:
            return f"{rounded(seconds * scale)} {unit}"
    return f"{rounded(seconds)} s"


def size_text(size):
    return f"{size:,.0f}"


def exponent_text(exponent):
    if exponent["value"] is None:
        return "–"
    if exponent["low"] is None:
        return f"{exponent['value']:.2f}"
    return f"{exponent['value']:.2f} ({exponent['low']:.2f} to {exponent['high']:.2f})"


def line_text(one):
    linear = one["linear"]
    unit = UNITS[one["quantity"]]
    return f"{duration(linear['fixed'])} + {duration(linear['per_unit'])} a {unit}"


def departure_text(one):
    linear = one["linear"]
    if linear["departs"] is None:
        return f"nowhere up to {size_text(linear['last'])}"
    off = linear["departs"]
    percent = abs(off["ratio"] - 1) * 100
    return (f"after {size_text(linear['last'])}: at {size_text(off['size'])} {percent:.0f}% "
            f"{'above' if off['ratio'] > 1 else 'below'}")


def series_table(series):
    rows = ["| cost | sizes | from | to | exponent (95%) | straight line | departs from it |",
            "| :--- | ---: | ---: | ---: | :--- | :--- | :--- |"]
    for one in series:
        first, last = one["points"][0], one["points"][-1]
        rows.append(f"| {one['name']} | {size_text(first['size'])} to {size_text(last['size'])} "
                    f"| {duration(first['seconds'])} | {duration(last['seconds'])} "
                    f"| {exponent_text(one['exponent'])} | {line_text(one)} | {departure_text(one)} |")
    return "\n".join(rows)


def bound_rows(series):
    for one in series:
        bounds = one.get("bounds")
        if not bounds:
            continue
        point = next((p for p in one["points"] if bounds["size"] in (None, p["size"])), None)
        if point is None:
            near = one["points"][-1]
            point = near if abs(near["size"] / bounds["size"] - 1) < 0.05 else None
        if point:
            yield one, bounds, point


def bounds_table(series):
    rows = ["| cost | size | seconds | allowed | memory | allowed | |",
            "| :--- | ---: | ---: | ---: | ---: | ---: | :--- |"]
    for one, bounds, point in bound_rows(series):
        kept = point["seconds"] <= bounds["seconds"] and point["peak_rss_bytes"] <= bounds["peak_rss_bytes"]
        rows.append(f"| {one['name']} | {size_text(point['size'])} | {rounded(point['seconds'])} "
                    f"| {bounds['seconds']:g} | {point['peak_rss_bytes'] / 2**20:,.0f} MiB "
                    f"| {bounds['peak_rss_bytes'] / 2**20:,.0f} MiB | {'kept' if kept else '**missed**'} |")
    return "\n".join(rows) if len(rows) > 2 else ""


def missed(series):
    return [one["name"] for one, bounds, point in bound_rows(series)
            if point["seconds"] > bounds["seconds"] or point["peak_rss_bytes"] > bounds["peak_rss_bytes"]]


def points_table(series):
    rows = ["| cost | size | seconds | extremes | computing | memory |", "| :--- | ---: | ---: | ---: | ---: | ---: |"]
    for one in series:
        for point in one["points"]:
            computed = duration(point["cpu_seconds"]) if "cpu_seconds" in point else "–"
            rows.append(f"| {one['name']} | {size_text(point['size'])} | {duration(point['seconds'])} "
                        f"| {duration(min(point['all_seconds']))} to {duration(max(point['all_seconds']))} "
                        f"| {computed} | {point['peak_rss_bytes'] / 2**20:,.0f} MiB |")
    return "\n".join(rows)


def picture(name, alt):
    return (f'<picture>\n  <source media="(prefers-color-scheme: dark)" srcset="plots/{name}-dark.svg">\n'
            f'  <img alt="{alt}" src="plots/{name}-light.svg" width="720">\n</picture>')


def section(name, series):
    _, _, _, title = PLOTS[name]
    return "\n\n".join([f"## {title}", series_table(series), picture(name, f"Lines: {title[0].lower()}{title[1:]}"),
                        f"<details><summary>Every size</summary>\n\n{points_table(series)}\n\n</details>"])


def render(data):
    chosen = {name: [one for one in data["series"] if (one["group"], one["quantity"]) == key[:2]]
              for name, key in PLOTS.items()}
    machine = data["machine"]
    parts = ["# Scaling",
             "How the cost of an update grows with tokens, layers, width and vocabulary, that of the driver with the "
             "number of runs, and that of a corpus with its pairs. `tests/scaling/run` measures it and writes this.",
             f"Measured on {machine['cores']} cores of {machine['cpu']}, {machine['memory_gib']:.0f} GiB, with "
             f"{machine['torch']}. Medians, of updates in {data['rounds']} rounds that the sizes took turns in."]
    bounds = bounds_table(data["series"])
    if bounds:
        parts += ["## Bounds", bounds]
    parts += ["## How to read it",
              "*Exponent*: the slope of log(seconds) over log(size) by least squares, with its 95% limits: 1 is "
              "proportional, 2 quadratic; what is fixed makes it smaller. *Straight line*: the longest row of sizes, "
              "from the smallest on, that one line (fixed + per unit, least squares of relative errors) holds to "
              "within 10% or within the extremes; *departs*: the first size that is off it. In the pictures, both axes logarithmic, solid is "
              "the power law, dashed the straight line, a ring the first size off it; bars are the extremes. "
              "Memory is a process's peak; that of the driver is at least what Python held when it started it.",
              "An update: fp32, dropout 0.1, sentences of 10 to 14 tokens, and but for what varies 64 of them, 2+2 "
              "layers, d_model 128, vocabularies of 6,000. *fast* is padding `packed`, kernels `fused` and replicas "
              "`threads`; *reference* is padding `bucketed` with LibTorch's operations."]
    parts += [section(name, series) for name, series in chosen.items() if series]
    return "\n\n".join(parts) + "\n"

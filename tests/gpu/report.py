"""A session's steps as markdown."""


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def number(value, digits=0):
    return "–" if value is None else f"{value:,.{digits}f}"


def spread(value, digits):
    return "–" if value is None else (f"{number(value['median'], digits)} ({number(value['min'], digits)}–"
                                      f"{number(value['max'], digits)})")


def overview(steps):
    return table(["step", "outcome", "seconds"],
                 [[step.name, step.failure or "done", number(step.seconds)] for step in steps])


def tests(result):
    lines = [f"{result['passed']} passed, {result['skipped']} skipped, {len(result['failed'])} failed."]
    lines += [f"- failed: `{name}`" for name in result["failed"]]
    lines += [f"- not there: `{name}`" for name in result["missing"]]
    return "\n".join(lines)


def rates(result):
    rows = [["matrix products, fp32", f"{result['fp32'] / 1e12:.2f} TFLOP/s"],
            ["matrix products, bf16", f"{result['bf16'] / 1e12:.2f} TFLOP/s"],
            ["copy, read and written", f"{result['bytes_per_s'] / 1e9:.1f} GB/s"]]
    return f"{result['device']}, torch {result['torch']}.\n\n" + table(["", ""], rows)


def peers(result):
    roofline = result["roofline"]
    rows = []
    for peer in sorted(result["peers"], key=lambda peer: -peer["target_tokens_per_s"]["median"]):
        share = f"{roofline['shares'][peer['name']]:.1%}" if roofline else "–"
        rows.append([peer["name"], spread(peer["target_tokens_per_s"], 0), spread(peer["over_pytorch"], 2),
                     spread(peer["over_best_other"], 2), share, f"{peer['loss']:.3f}"])
    best = result["best_other"] or "best other"
    header = ["peer", "target tokens/s", "x pytorch", f"x {best}", "of the roofline", "loss"]
    lines = [result["title"] + ".", "", table(header, rows), ""]
    if roofline:
        lines.append(f"Roofline: {roofline['target_tokens_per_update']:,.0f} target tokens in "
                     f"{roofline['seconds_per_update'] * 1e3:.3g} ms, {roofline['target_tokens_per_s']:,.0f} a second.")
    lines += [f"Left out: {name}: {why}" for name, why in result["left_out"].items()]
    return "\n".join(lines + ["", result["note"]])


def suite(result):
    rows = []
    for record in result["records"]:
        rate = record["throughput"]["target_tokens_per_s"]
        rows.append([record["cell"].replace("|", "\\|"), record["status"], number(record["time_to_target_s"], 2),
                     number(record["loss"]["train"], 3), number(rate), record.get("attention_kernel") or "–",
                     (record["reason"] or "").replace("|", "\\|").split("\n")[0]])
    target = result["target"]
    return f"To {target['metric']} {target['value']}.\n\n" + table(
        ["cell", "outcome", "time to target, s", "train loss", "target tokens/s", "attention", "reason"], rows)


SECTIONS = {"tests": tests, "rates": rates, "assignment": suite, "full": suite}


def render(arguments, steps):
    title = "# ablate on a GPU" if arguments.device == "cuda" else "# ablate's GPU session, tried on a CPU"
    parts = [title, overview(steps)]
    for step in steps:
        text = f"Failed: {step.failure}" if step.failure else SECTIONS.get(step.name, peers)(step.result)
        parts.append(f"## {step.name}\n\n{text}")
    return "\n\n".join(parts) + "\n"

"""From the peers' answers to numbers, and from these to a table."""

from statistics import median

BASE = "pytorch"
UNITS = {"fp32": "TFLOP/s fp32", "bf16": "TFLOP/s bf16"}


def spread(values):
    return {"median": median(values), "min": min(values), "max": max(values)}


def text_of(value, digits):
    if value is None:
        return "–"
    number = "{:,.%df}" % digits
    low, high = number.format(value["min"]), number.format(value["max"])
    return f"{number.format(value['median'])} ({low}–{high})"


def training_flops(model, data):
    """Of the matrix products of a round's real tokens, forward and backward, by batch: what model/net/flops.h says."""
    d, d_ff, layers = model["d_model"], model["d_ff"], model["layers"]
    lengths = [[b - a for a, b in zip(side["offsets"], side["offsets"][1:])] for side in (data["source"], data["target"])]

    def of_batch(batch):
        source = sum(lengths[0][i] + 2 for i in batch)
        target = sum(lengths[1][i] + 1 for i in batch)
        over_source, over_target = 2 * d * source / len(batch), 2 * d * target / len(batch)
        encoder = layers * (6 * d * d + over_source + 2 * d * d_ff)
        decoder = layers * (6 * d * d + over_target + over_source + 2 * d * d_ff) + d * data["target_vocabulary"]
        return 6 * (source * encoder + target * decoder)

    return sum(of_batch(batch) for batch in data["batches"]["bucketed"])


def is_ours(name):
    return name.startswith("ablate")


def shares_of(peer, flops, matrix, key):
    """Of the rate that products had in the same round; none where they were not measured."""
    rates = [r[key] for r in matrix.rounds] if matrix else []
    return [flops / r["seconds"] / rate for r, rate in zip(peer.rounds, rates)]


def summarise_peer(peer, flops, matrix, precision):
    rounds = peer.rounds
    shares = shares_of(peer, flops, matrix, precision)
    best_shares = shares_of(peer, flops, matrix, precision + "_best")
    rates = [r["target_tokens"] / r["seconds"] for r in rounds]
    real = sum(r["source_tokens"] + r["target_tokens"] for r in rounds)
    padded = sum(r["padded_source_tokens"] + r["padded_target_tokens"] for r in rounds)
    return {
        "name": peer.name, "version": peer.ready["version"], "parameters": peer.ready["parameters"],
        "threads": peer.ready["threads"], "target_tokens": sum(r["target_tokens"] for r in rounds),
        "target_tokens_per_s": spread(rates), "round_rates": rates, "padding_efficiency": real / padded,
        "model_flops_share": spread(shares) if shares else None,
        "model_flops_share_of_best_call": spread(best_shares) if best_shares else None,
        "peak_rss_bytes": rounds[-1]["peak_rss_bytes"], "loss": rounds[-1]["loss"],
        "others_share": spread([r["others_share"] for r in rounds]), "rounds": rounds,
    }


def add_ratios(peers):
    """Ratios are of the same round, so that what slows all of a round down cancels."""
    by_name = {peer["name"]: peer for peer in peers}
    others = [peer for peer in peers if not is_ours(peer["name"]) and peer["name"] != BASE]
    best = max(others, key=lambda peer: peer["target_tokens_per_s"]["median"], default=None)
    for key, other in (("over_pytorch", by_name.get(BASE)), ("over_best_other", best)):
        for peer in peers:
            pairs = zip(peer["round_rates"], other["round_rates"]) if other else []
            peer[key] = spread([a / b for a, b in pairs]) if other else None
    return best["name"] if best else None


def summarise(peers, flops, matrix, precision):
    """`matrix`: the peer that measured matrix products, or None."""
    keys = [key for p in UNITS for key in (p, p + "_best")] if matrix else []
    rates = {key: spread([r[key] for r in matrix.rounds]) for key in keys}
    summaries = [summarise_peer(peer, flops, matrix, precision) for peer in peers]
    best = add_ratios(summaries)
    return {"matrix_flops_per_s": rates, "model_flops": flops, "best_other": best, "peers": summaries}


def row(peer):
    share, of_best = (of and {key: 100 * value for key, value in of.items()}
                      for of in (peer["model_flops_share"], peer["model_flops_share_of_best_call"]))
    return [peer["name"], text_of(peer["target_tokens_per_s"], 0), text_of(peer["over_pytorch"], 2),
            text_of(peer["over_best_other"], 2), f"{peer['padding_efficiency']:.0%}",
            text_of(share, 1), f"{of_best['median']:.1f}" if of_best else "–", f"{peer['peak_rss_bytes'] / 2**20:,.0f}",
            str(peer["threads"]), f"{peer['loss']:.3f}", f"{peer['others_share']['median']:.0%}"]


def markdown(rows):
    widths = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(r, widths)) + " |" for r in rows]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])


def teraflops(report, key):
    return text_of({k: v / 1e12 for k, v in report["matrix_flops_per_s"][key].items()}, 2)


def render(report):
    best = report["best_other"] or "best other"
    header = ["peer", "target tokens/s", f"x {BASE}", f"x {best}", "padding eff.", "% of matrix rate", "% of best call",
              "peak RSS MiB", "threads", "loss", "others"]
    peers = sorted(report["peers"], key=lambda peer: -peer["target_tokens_per_s"]["median"])
    lines = [report["title"], "", markdown([header] + [row(peer) for peer in peers]), ""]
    rates = [f"{teraflops(report, p)} {unit} (best call {teraflops(report, p + '_best')})"
             for p, unit in UNITS.items() if report["matrix_flops_per_s"]]
    lines += ["Matrix products over a second: " + ", ".join(rates)] if rates else []
    lines += [f"Left out: {name}: {why}" for name, why in report["left_out"].items()]
    return "\n".join(lines + [report["note"]])

"""The least time that an update could take, from the measured matrix rate and bandwidth.

Each operation takes what its arithmetic takes at the matrix rate or what its operands take at the bandwidth, whichever
is more, and one follows the other. An operation is a matrix product, forward once and backward twice, or what is fused
between products: residual sum with dropout and norm, activation with dropout, attention. Operands are read once and
results written once, activations and cast weights in bf16, gradients of weights and the optimizer's state in float32.
Logits are never written. Padding is no work.
"""

HALF, FULL = 2, 4  # bytes
# AdamW: gradient, parameter and both moments read, all but the gradient written; the norm reads gradients once more;
# the cast reads a parameter and writes a half.
OPTIMIZER_BYTES = 4 * FULL + 3 * FULL + FULL + FULL + HALF
NORM_PASSES = 4 + 6  # of rows of d_model: forward and backward of a residual sum with its norm
ACTIVATION_PASSES = 2 + 3  # of rows of d_ff
ATTENTION_PASSES = 4 + 8  # queries, keys, values and result; with their gradients


def products(model, vocabulary, source, target):
    """(rows, inputs, outputs, writes its result) of each matrix product with weights."""
    d, d_ff = model["d_model"], model["d_ff"]
    encoder = [(source, d, 3 * d, True), (source, d, d, True), (source, d, d_ff, True), (source, d_ff, d, True)]
    decoder = [(target, d, 3 * d, True), (target, d, d, True), (target, d, d, True), (source, d, 2 * d, True),
               (target, d, d, True), (target, d, d_ff, True), (target, d_ff, d, True)]
    return (encoder + decoder) * model["layers"] + [(target, d, vocabulary, False)]


def product_seconds(product, rate, bandwidth):
    rows, inputs, outputs, writes = product
    into, out = HALF * rows * inputs, HALF * rows * outputs if writes else 0
    weight = inputs * outputs
    compute = 2 * rows * weight / rate
    forward = (into + out + HALF * weight) / bandwidth
    to_input = (out + HALF * weight + into) / bandwidth
    to_weight = (into + out + FULL * weight) / bandwidth
    return sum(max(compute, moved) for moved in (forward, to_input, to_weight))


def between_bytes(model, source, target):
    d, d_ff, layers = model["d_model"], model["d_ff"], model["layers"]
    rows = layers * (2 * source + 3 * target)
    attended = layers * (source + 2 * target)
    return HALF * (NORM_PASSES * rows * d + ATTENTION_PASSES * attended * d
                   + ACTIVATION_PASSES * layers * (source + target) * d_ff)


def least_seconds(model, vocabulary, source, target, flops, parameters, rates):
    rate, bandwidth = rates["bf16"], rates["bytes_per_s"]
    every = products(model, vocabulary, source, target)
    attention = max(0.0, flops - sum(6 * rows * a * b for rows, a, b, _ in every))
    return (sum(product_seconds(product, rate, bandwidth) for product in every) + attention / rate
            + between_bytes(model, source, target) / bandwidth + OPTIMIZER_BYTES * parameters / bandwidth)


def of(compared, rates):
    """What compare.py measured, against the least time: its parts of it by peer, and target tokens a second at it."""
    updates = compared["updates"]
    first = compared["peers"][0]
    source, target = (first["rounds"][0][key] / updates for key in ("source_tokens", "target_tokens"))
    least = least_seconds(compared["model"], compared["target_vocabulary"], source, target,
                          compared["model_flops"] / updates, first["parameters"], rates)
    shares = {}
    for peer in compared["peers"]:
        shares[peer["name"]] = peer["target_tokens_per_s"]["median"] / (target / least)
    return {"seconds_per_update": least, "target_tokens_per_update": target, "target_tokens_per_s": target / least,
            "shares": shares}

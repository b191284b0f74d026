// dropout(activation(hidden + bias)) in one pass over the rows.
#pragma once

#include <ATen/ATen.h>

#include "model/net/fused/residual.h"
#include "model/net/transformer_config.h"

namespace ablate::fused {

// hidden: rows [..., F] (swiglu: [..., 2F], the gate's half first: silu(gate) * value, to [...,
// F]); float32, float64, bfloat16 or, on a GPU, float16, which the result has too. bias: [F] or
// [2F], float32 or float64. gelu is the exact one (erf). Keeps for the backward pass relu's result,
// else `hidden`, which may be overwritten by nobody meanwhile.
at::Tensor Activate(const at::Tensor& hidden, const at::Tensor& bias, Activation activation,
                    const RowDropout& dropout);

}  // namespace ablate::fused

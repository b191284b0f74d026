// Embedding, scale, positions and dropout in one pass.
#pragma once

#include <ATen/ATen.h>

#include "model/net/fused/residual.h"

namespace ablate::fused {

// dropout(scale * weight[ids] + positions[position_of]), rows of `weight`'s type, in the shape of
// ids with D appended. weight: [V, D]; ids, position_of: int64 of one shape; positions: [P, D], of
// weight's type, no gradient. Ids `padding` give no gradient. Ids beyond the rows are refused on a
// CPU; on a GPU they must not occur.
//
// The gradient of `weight` is dense, or, where `row_gradient`, a coalesced sparse COO tensor of the
// rows that the batch has (on a CPU alone): without a zero-fill of [V, D], for optimizers and sums
// that take it. LibTorch forgets on the way to .grad that it is coalesced, which it still is.
at::Tensor Embed(const at::Tensor& weight, const at::Tensor& ids, const at::Tensor& position_of,
                 const at::Tensor& positions, double scale, int64_t padding,
                 const RowDropout& dropout, bool row_gradient);

}  // namespace ablate::fused

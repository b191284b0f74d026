// ProjectionLoss in bfloat16 on a CPU with block products: of blocks of rows, panel after panel of
// the vocabulary, so that what a product makes is used while it is in the caches.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

#include "model/net/fused/half_linear.h"
#include "model/net/fused/loss_gradients.h"

namespace ablate::fused {

// Of rows [N, D] of bfloat16 whose first `rows` count, and the panels of a weight [V, D]. Logits
// are float32 and never in memory; exponentials and gradients of a block's are bfloat16; the
// gradient of the weight is float32. Sums do not depend on the number of threads.
LossGradients HalfProjectionLoss(const at::Tensor& hidden_ND, int64_t rows,
                                 const WeightPanels& weight_VD, const at::Tensor& bias_V,
                                 const int64_t* targets, const LossRequest& request);

}  // namespace ablate::fused

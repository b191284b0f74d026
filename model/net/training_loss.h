// The forward pass of training, from a batch of ids to its loss.
#pragma once

#include <ATen/ATen.h>

#include "model/net/loss.h"
#include "model/net/token_layout.h"
#include "model/net/transformer.h"

namespace ablate {

// A batch on the model's device: ids int64, [B, L] or packed [N], as the layouts say.
struct DeviceBatch {
  at::Tensor source, target_in, target_out;
  TokenLayout source_layout, target_layout;  // target_in and target_out lie alike
};

// Of rectangles of ids; `source_padded`: whether there is any PAD among the source's.
DeviceBatch PaddedBatch(const at::Tensor& source_BS, const at::Tensor& target_in_BT,
                        const at::Tensor& target_out_BT, bool source_padded);

TokenLoss ComputeLoss(Transformer& model, const DeviceBatch& batch, const LossOptions& options);

}  // namespace ablate

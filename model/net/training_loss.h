// The forward pass of training, from a batch of ids to its loss.
#pragma once

#include <torch/torch.h>

#include "model/net/loss.h"
#include "model/net/transformer.h"

namespace ablate {

// A batch on the model's device. B sentences; S source, T target tokens.
struct DeviceBatch {
  at::Tensor source_BS, target_in_BT, target_out_BT;  // int64
  bool source_padded = false;
};

TokenLoss ComputeLoss(Transformer& model, const DeviceBatch& batch, double label_smoothing);

}  // namespace ablate

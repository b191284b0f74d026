// What ProjectionLoss is asked for, and what it makes in the forward pass.
#pragma once

#include <ATen/ATen.h>

namespace ablate::fused {

struct LossRequest {
  double label_smoothing;
  double scale;
  bool need_hidden, need_weight, need_bias;

  bool AnyGradient() const { return need_hidden || need_weight || need_bias; }
};

struct LossGradients {
  at::Tensor loss;                  // [], scaled
  at::Tensor hidden, weight, bias;  // gradients; undefined where not needed
  double pending_scale = 1;         // what they are still to be multiplied by
};

}  // namespace ablate::fused

// Output projection, softmax, label smoothing and cross-entropy as one operation over blocks of
// tokens: the logits are never whole, and the gradients are made in the forward pass (as in Liger
// Kernel's and Apple's cut cross-entropy; Hsu et al. 2024, Wijmans et al. 2024).
#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace ablate::fused {

// The sum over tokens of the cross-entropy in nats of hidden W^T + bias against `targets`, with
// label smoothing in [0, 1) as PyTorch has it; ids `ignored` are left out. [] float32 (float64 of
// float64 inputs), differentiable once in hidden, weight and bias; where none of them needs a
// gradient, no gradient is made.
//
// hidden: rows [..., D], float32, float64 or bfloat16; weight: [V, D] of hidden's type; bias: [V],
// float32 or float64; targets: int64, a row each. Sums, exponentials and the loss are computed in
// float32 at least.
at::Tensor ProjectionLoss(const at::Tensor& hidden, const at::Tensor& weight,
                          const at::Tensor& bias, const at::Tensor& targets, int64_t ignored,
                          double label_smoothing);

}  // namespace ablate::fused

// Output projection, softmax, label smoothing and cross-entropy as one operation over blocks of
// tokens: the logits are never whole, and the gradients are made in the forward pass (as in Liger
// Kernel's and Apple's cut cross-entropy; Hsu et al. 2024, Wijmans et al. 2024).
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

#include "model/net/fused/half_linear.h"

namespace ablate::fused {

// `scale` times the sum over tokens of the cross-entropy in nats of hidden W^T + bias against
// `targets`, with label smoothing in [0, 1) as PyTorch has it; ids `ignored` are left out. []
// float32 (float64 of float64 inputs), differentiable once in hidden, weight and bias, by one
// backward pass; where none of them needs a gradient, no gradient is made.
//
// hidden: rows [..., D], float32, float64, bfloat16 or, on a GPU, float16; weight: [V, D] of
// hidden's type; bias: [V], float32 (float64 of float64 inputs); targets: int64, a row each. The
// logits of 16-bit inputs are of 16 bits and so are the gradients of `hidden` and `weight`;
// everything between them is float32 at least. A target that is no id is refused on a CPU, and
// makes the loss no number on a GPU, which the host does not wait for.
//
// Of bfloat16 on a CPU `panels`, where they are given, are those of `weight`, which is float32 then
// and whose gradient is too: see HalfProjectionLoss.
//
// The gradients are made with `scale` in them, so that a backward pass from 1 costs nothing: give
// what the loss is to be multiplied by (1 / target tokens of an update) here.
at::Tensor ProjectionLoss(const at::Tensor& hidden, const at::Tensor& weight,
                          const at::Tensor& bias, const at::Tensor& targets, int64_t ignored,
                          double label_smoothing, double scale,
                          const WeightPanels* panels = nullptr);

}  // namespace ablate::fused

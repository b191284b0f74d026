// x W^T + bias in bfloat16 on a CPU, with a weight of float32 that is laid out for products once an
// update, and whose gradient is of float32 without having been rounded to bfloat16.
#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "model/net/fused/block_product.h"

namespace ablate::fused {

// A weight [outputs, inputs], rounded, as the right factor of both passes. Zeros make its outputs
// up to a multiple of 32.
struct WeightPanels {
  PairedMatrix forward;   // W^T: [inputs, outputs]
  PairedMatrix backward;  // W: [outputs, inputs]
};

// Whether there are panels of this weight on this machine: float32, inputs a multiple of 32.
bool FitsPanels(const at::Tensor& weight);
// Whether HalfLinear takes it: its outputs are such a multiple too.
bool FitsHalfLinear(const at::Tensor& weight);

struct WeightToPanels {
  at::Tensor weight;
  WeightPanels panels;
};

WeightPanels MakePanels(const at::Tensor& weight);
// Makes those of all weights anew, in place. A backward pass through what used them before throws.
void RefreshPanels(const std::vector<WeightToPanels*>& all);

// x: rows [..., inputs] of bfloat16; bias: [outputs] of float32, undefined for none. The result has
// x's type.
at::Tensor HalfLinear(const at::Tensor& x, const at::Tensor& weight, const WeightPanels& panels,
                      const at::Tensor& bias);

}  // namespace ablate::fused

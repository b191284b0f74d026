// Parameters in groups of one weight decay, since kernels take one for all tensors of a call.
#pragma once

#include <ATen/ATen.h>

#include <cstddef>
#include <vector>

namespace ablate {

struct ParameterGroup {
  std::vector<size_t> positions;  // among all parameters, ascending
  std::vector<at::Tensor> parameters;
  double weight_decay = 0;

  // Those of `all`, one tensor for each of all parameters, that belong to the group's.
  std::vector<at::Tensor> Select(at::TensorList all) const;
};

// The matrices, which decay, then the vectors, which do not. Empty groups are left out; without
// decay there is one group of everything.
std::vector<ParameterGroup> GroupByDecay(at::TensorList parameters, double weight_decay);

// Lets the tensors' version counters know that they were written to, which fused kernels do not.
void CountWrite(at::TensorList tensors);

// Zeros of the tensors' shapes and types, without gradients.
std::vector<at::Tensor> ZerosLike(at::TensorList tensors);

// A parameter's shape must be at least this to decay: biases and norms are vectors.
inline constexpr int64_t kDecayingDimensions = 2;

}  // namespace ablate

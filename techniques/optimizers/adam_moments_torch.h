// What Adam, and rules made of it, keep of each parameter.
#pragma once

#include <ATen/ATen.h>

#include <vector>

namespace ablate {

struct AdamMoments {
  // Zeros; `updates` in this format, where the parameters lie.
  AdamMoments(at::TensorList parameters, at::ScalarType type_of_updates);

  // All of it, as ParameterOptimizer::State.
  std::vector<at::Tensor> State() const;

  std::vector<at::Tensor> first, second;  // of the gradient and of its square, shaped as they are
  at::Tensor updates;                     // []: that were not skipped
};

}  // namespace ablate

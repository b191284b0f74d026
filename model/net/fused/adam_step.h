// Gradient clipping and Adam or AdamW over all parameters at once, on a CPU: the parts of a
// gradient, one of each replica say, are summed where they are read, so that an update reads them
// twice (norm, step) and writes none.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

namespace ablate::fused {

// One parameter's gradient, as the sum of its parts in their order; none: zeros. A part is dense
// and contiguous or a coalesced sparse COO tensor of rows (one sparse dimension, as Embed's
// row_gradient gives), in the parameter's shape; float32 or bfloat16, or float64 of a float64
// parameter.
using GradientParts = std::vector<at::Tensor>;

// The dense sum of the parts, float32 (float64 of float64), `scale` times. `like` gives shape and
// type where there is no part.
at::Tensor GradientSum(const GradientParts& parts, const at::Tensor& like, double scale = 1);

// The squared 2-norm of all gradients together, each the sum of its parts. The same for any number
// of threads.
double SquaredNorm(const std::vector<GradientParts>& gradients);

// What gradients of the norm's square are to be multiplied by for a norm of at most `limit`, as
// torch.nn.utils.clip_grad_norm_ has it. limit <= 0: 1.
double ClipCoefficient(double squared_norm, double limit);

struct AdamSettings {
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;
  bool decoupled_decay = false;  // AdamW's
};

// The `update`-th update (from 1) of all parameters with their gradients times `gradient_scale`,
// as torch._fused_adam_ and torch._fused_adamw_ compute it. parameters and moments: contiguous,
// float32 or float64, tensor by tensor of one shape and type.
//
// `copies`, unless empty: bfloat16 tensors of the parameters' shapes that the new parameters are
// also written to, which saves the pass of a cast; undefined ones are left out.
void AdamStep(at::TensorList parameters, const std::vector<GradientParts>& gradients,
              at::TensorList first_moments, at::TensorList second_moments, int64_t update,
              const AdamSettings& settings, double gradient_scale, at::TensorList copies = {});

}  // namespace ablate::fused

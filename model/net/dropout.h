// Dropout (Srivastava et al. 2014) that is not a quarter of an update's time on a CPU.
#pragma once

#include <torch/torch.h>

namespace ablate {

// x with each element zero with `probability` in [0, 1), the others divided by 1 - probability; x
// itself where not `training`. Draws from the device's default generator. On a CPU it takes 16
// random bits an element, a sixth of the time of PyTorch's Bernoulli numbers, and the probability
// is thereby rounded to a multiple of 2^-16.
at::Tensor Dropout(const at::Tensor& x, double probability, bool training);

}  // namespace ablate

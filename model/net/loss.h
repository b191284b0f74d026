// The loss that is trained on, and that runs are compared by.
#pragma once

#include <ATen/ATen.h>

namespace ablate {

struct LossOptions {
  // In [0, 1): the target distribution is (1 - label_smoothing) at the token plus label_smoothing /
  // V everywhere, as PyTorch has it (Szegedy et al. 2016).
  double label_smoothing = 0;
  // What the sum is multiplied by: known beforehand, it costs no pass over gradients.
  double scale = 1;
};

// A sum over real target tokens, to be divided by their number, over a batch or over a window of
// them.
struct TokenLoss {
  at::Tensor sum;    // float32 scalar (float64 of a float64 model), on the device; scaled
  at::Tensor count;  // int64 scalar, on the device
};

// Cross-entropy in nats of logits [B, T, V] against ids [B, T], or [N, V] against [N]. Computed in
// float32 at least, under autocast too. PAD is left out of both sums. Waits for no device.
TokenLoss CrossEntropy(const at::Tensor& logits, const at::Tensor& targets,
                       const LossOptions& options);

}  // namespace ablate

// The loss that is trained on, and that runs are compared by.
#pragma once

#include <torch/torch.h>

namespace ablate {

// A sum over real target tokens, to be divided by their number, over a batch or over a window of
// them.
struct TokenLoss {
  at::Tensor sum;    // float32 scalar (float64 of a float64 model), on the device
  at::Tensor count;  // int64 scalar, on the device
};

// Cross-entropy in nats of logits [B, T, V] against ids [B, T] with label smoothing (Szegedy et al.
// 2016) in [0, 1), where the smoothed distribution is (1 - label_smoothing) at the token plus
// label_smoothing / V everywhere, as PyTorch has it. Computed in float32 at least, under autocast
// too. PAD is left out of both sums. Waits for no device.
TokenLoss CrossEntropy(const at::Tensor& logits_BTV, const at::Tensor& target_out_BT,
                       double label_smoothing);

}  // namespace ablate

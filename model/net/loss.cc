#include "model/net/loss.h"

#include "model/data/vocabulary_spec.h"

namespace ablate {

TokenLoss CrossEntropy(const at::Tensor& logits_BTV, const at::Tensor& target_out_BT,
                       double label_smoothing) {
  const at::ScalarType at_least_float = at::promote_types(logits_BTV.scalar_type(), at::kFloat);
  const at::Tensor logits_NV = logits_BTV.flatten(0, 1).to(at_least_float);
  return {.sum = at::cross_entropy_loss(logits_NV, target_out_BT.flatten(), /*weight=*/{},
                                        at::Reduction::Sum, /*ignore_index=*/kPad, label_smoothing),
          .count = (target_out_BT != kPad).sum()};
}

}  // namespace ablate

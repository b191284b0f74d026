#include "model/net/loss.h"

#include "model/data/vocabulary_spec.h"

namespace ablate {

TokenLoss CrossEntropy(const at::Tensor& logits, const at::Tensor& targets,
                       const LossOptions& options) {
  const at::ScalarType at_least_float = at::promote_types(logits.scalar_type(), at::kFloat);
  const at::Tensor logits_NV = logits.flatten(0, -2).to(at_least_float);
  const at::Tensor sum =
      at::cross_entropy_loss(logits_NV, targets.flatten(), /*weight=*/{}, at::Reduction::Sum,
                             /*ignore_index=*/kPad, options.label_smoothing);
  return {.sum = options.scale == 1 ? sum : sum * options.scale, .count = (targets != kPad).sum()};
}

}  // namespace ablate

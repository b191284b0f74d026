#include "techniques/optimizers/fused_adam_torch.h"

#include <cmath>

namespace ablate {
namespace {

PartedGradients Select(const PartedGradients& all, const std::vector<size_t>& positions) {
  PartedGradients selected;
  selected.reserve(positions.size());
  for (const size_t position : positions) selected.push_back(all[position]);
  return selected;
}

PartedGradients OfOnePart(at::TensorList gradients) {
  PartedGradients parts;
  parts.reserve(gradients.size());
  for (const at::Tensor& gradient : gradients) parts.push_back({gradient});
  return parts;
}

}  // namespace

FusedAdamOptimizer::FusedAdamOptimizer(std::vector<at::Tensor> parameters, const Adam& rule,
                                       double weight_decay)
    : ParameterOptimizer(std::move(parameters)),
      rule_(rule),
      groups_(GroupByDecay(this->parameters(), weight_decay)),
      moments_(this->parameters(), at::kLong) {}

void FusedAdamOptimizer::Step(at::TensorList gradients, const ScheduleValues& values,
                              const std::optional<at::Tensor>& found_inf) {
  ClipAndStep(OfOnePart(gradients), {}, values, found_inf);
}

void FusedAdamOptimizer::ClipAndStep(const PartedGradients& gradients, const ClipToLimit& clip,
                                     const ScheduleValues& values,
                                     const std::optional<at::Tensor>& found_inf) {
  const at::NoGradGuard no_gradients;
  if (found_inf && found_inf->item<double>() != 0) return;
  double scale = 1;
  if (clip.limit > 0) {
    const auto norm = clip.norm.item<double>();
    scale = fused::ClipCoefficient(norm * norm, clip.limit);
  }
  const int64_t update = ++*moments_.updates.mutable_data_ptr<int64_t>();
  for (const ParameterGroup& group : groups_) {
    fused::AdamStep(group.parameters, Select(gradients, group.positions),
                    group.Select(moments_.first), group.Select(moments_.second), update,
                    {.learning_rate = values.learning_rate,
                     .beta1 = values.momentum.value_or(rule_.beta1),
                     .beta2 = rule_.beta2,
                     .epsilon = rule_.epsilon,
                     .weight_decay = group.weight_decay,
                     .decoupled_decay = rule_.decoupled_decay},
                    scale);
  }
}

}  // namespace ablate

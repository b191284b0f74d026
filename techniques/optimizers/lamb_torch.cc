#include "techniques/optimizers/lamb_torch.h"

#include "techniques/optimizers/update_gate_torch.h"

namespace ablate {
namespace {

// |p| / |r| of each tensor [tensors].
at::Tensor TrustRatios(at::TensorList parameters, at::TensorList directions) {
  const at::Tensor lengths = at::stack(at::_foreach_norm(parameters, 2));
  const at::Tensor steps = at::stack(at::_foreach_norm(directions, 2));
  return at::where((lengths > 0).logical_and(steps > 0), lengths / steps, 1.0);
}

}  // namespace

LambOptimizer::LambOptimizer(std::vector<at::Tensor> parameters, const Lamb& rule,
                             double weight_decay)
    : ParameterOptimizer(std::move(parameters)),
      rule_(rule),
      groups_(GroupByDecay(this->parameters(), weight_decay)),
      moments_(this->parameters(), at::kFloat) {}

std::vector<at::Tensor> LambOptimizer::AdamDirections(at::TensorList gradients, double beta1,
                                                      const std::optional<at::Tensor>& found_inf) {
  moments_.updates.add_(1);
  // Adam's fused kernel at a rate of -1 adds the direction to what it takes for parameters: one
  // pass instead of six. It leaves out skips itself.
  std::vector<at::Tensor> directions = ZerosLike(parameters());
  const std::vector<at::Tensor> counters(directions.size(), moments_.updates);
  at::_ops::_fused_adam_::call(directions, gradients, moments_.first, moments_.second,
                               /*max_exp_avg_sqs=*/{}, counters, /*lr=*/-1, beta1, rule_.beta2,
                               /*weight_decay=*/0, rule_.epsilon, /*amsgrad=*/false,
                               /*maximize=*/false, /*grad_scale=*/{}, found_inf);
  if (found_inf) moments_.updates.sub_(found_inf->squeeze());
  return directions;
}

void LambOptimizer::Step(at::TensorList gradients, const ScheduleValues& values,
                         const std::optional<at::Tensor>& found_inf) {
  const at::NoGradGuard no_gradients;
  const std::vector<at::Tensor> directions =
      AdamDirections(gradients, values.momentum.value_or(rule_.beta1), found_inf);
  for (const ParameterGroup& group : groups_) {
    if (group.weight_decay == 0) continue;
    at::_foreach_add_(group.Select(directions), group.parameters, group.weight_decay);
  }
  const at::Tensor lengths =
      UpdateGate(found_inf).Gated(TrustRatios(parameters(), directions) * -values.learning_rate);
  // LibTorch takes factors that differ by tensor and lie on the device as a list of tensors.
  at::_foreach_addcmul_(parameters(), directions, lengths.to(directions[0].scalar_type()).unbind());
}

}  // namespace ablate

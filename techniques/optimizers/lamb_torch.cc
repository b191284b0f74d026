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
      first_moments_(ZerosLike(this->parameters())),
      second_moments_(ZerosLike(this->parameters())),
      updates_(NewUpdateCounter(this->parameters().at(0))) {}

std::vector<at::Tensor> LambOptimizer::AdamDirections(double beta1) const {
  // A skip may come before any update.
  const at::Tensor updates = updates_.clamp_min(1);
  const at::Tensor correction1 = 1 - at::pow(beta1, updates);
  const at::Tensor root_correction2 = (1 - at::pow(rule_.beta2, updates)).sqrt();
  // Both corrections in one factor: m / c1 / (sqrt(v) / r2 + e) = r2 / c1 * m / (sqrt(v) + r2 e).
  const std::vector<at::Tensor> roots = at::_foreach_sqrt(second_moments_);
  at::_foreach_add_(roots, (rule_.epsilon * root_correction2).to(roots[0].scalar_type()));
  std::vector<at::Tensor> directions = at::_foreach_div(first_moments_, roots);
  ScaleBy(directions, root_correction2 / correction1);
  return directions;
}

void LambOptimizer::Step(at::TensorList raw_gradients, const ScheduleValues& values,
                         const std::optional<at::Tensor>& found_inf) {
  const at::NoGradGuard no_gradients;
  const UpdateGate gate(found_inf);
  const std::vector<at::Tensor> gradients = gate.Finite(raw_gradients);
  const double beta1 = values.momentum.value_or(rule_.beta1);
  gate.Count(updates_);
  gate.Average(first_moments_, gradients, 1 - beta1);
  gate.AverageSquares(second_moments_, gradients, 1 - rule_.beta2);
  const std::vector<at::Tensor> directions = AdamDirections(beta1);
  for (const ParameterGroup& group : groups_) {
    if (group.weight_decay == 0) continue;
    at::_foreach_add_(group.Select(directions), group.parameters, group.weight_decay);
  }
  // LibTorch takes factors that differ by tensor and lie on the device as a list of tensors.
  at::_foreach_mul_(directions, TrustRatios(parameters(), directions).unbind());
  gate.Move(parameters(), directions, -values.learning_rate);
}

std::vector<at::Tensor> LambOptimizer::State() const {
  std::vector<at::Tensor> state = first_moments_;
  state.insert(state.end(), second_moments_.begin(), second_moments_.end());
  state.push_back(updates_);
  return state;
}

}  // namespace ablate

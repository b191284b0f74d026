#include "techniques/optimizers/lion_torch.h"

#include "techniques/optimizers/update_gate_torch.h"

namespace ablate {

LionOptimizer::LionOptimizer(std::vector<at::Tensor> parameters, const Lion& rule,
                             double weight_decay)
    : ParameterOptimizer(std::move(parameters)),
      rule_(rule),
      groups_(GroupByDecay(this->parameters(), weight_decay)),
      momenta_(ZerosLike(this->parameters())) {}

void LionOptimizer::Step(at::TensorList raw_gradients, const ScheduleValues& values,
                         const std::optional<at::Tensor>& found_inf) {
  const at::NoGradGuard no_gradients;
  const UpdateGate gate(found_inf);
  const std::vector<at::Tensor> gradients = gate.Finite(raw_gradients);
  const double beta1 = values.momentum.value_or(rule_.beta1);
  const std::vector<at::Tensor> directions = at::_foreach_lerp(momenta_, gradients, 1 - beta1);
  at::_foreach_sign_(directions);
  gate.Average(momenta_, gradients, 1 - rule_.beta2);
  for (const ParameterGroup& group : groups_) {
    gate.Scale(group.parameters, 1 - values.learning_rate * group.weight_decay);
  }
  gate.Move(parameters(), directions, -values.learning_rate);
}

}  // namespace ablate

#include "techniques/optimizers/sgd_torch.h"

namespace ablate {

SgdOptimizer::SgdOptimizer(std::vector<at::Tensor> parameters, const Sgd& rule, double weight_decay)
    : ParameterOptimizer(std::move(parameters)),
      rule_(rule),
      groups_(GroupByDecay(this->parameters(), weight_decay)) {
  if (rule_.momentum != 0) momenta_ = ZerosLike(this->parameters());
}

void SgdOptimizer::Step(at::TensorList gradients, const ScheduleValues& values,
                        const std::optional<at::Tensor>& found_inf) {
  const at::NoGradGuard no_gradients;
  const double momentum = momenta_.empty() ? 0 : values.momentum.value_or(rule_.momentum);
  for (const ParameterGroup& group : groups_) {
    const std::vector<at::Tensor> momenta = momenta_.empty() ? momenta_ : group.Select(momenta_);
    // Momenta start at 0, so the first step is like all others.
    at::_ops::_fused_sgd_::call(group.parameters, group.Select(gradients), momenta,
                                group.weight_decay, momentum, values.learning_rate,
                                /*dampening=*/0, rule_.nesterov, /*maximize=*/false,
                                /*is_first_step=*/false, /*grad_scale=*/{}, found_inf);
  }
}

}  // namespace ablate

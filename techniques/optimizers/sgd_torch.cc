#include "techniques/optimizers/sgd_torch.h"

namespace ablate {

SgdOptimizer::SgdOptimizer(std::vector<at::Tensor> parameters, const Sgd& rule, double weight_decay)
    : ParameterOptimizer(std::move(parameters)),
      rule_(rule),
      groups_(GroupByDecay(this->parameters(), weight_decay)) {
  if (rule_.momentum != 0) momenta_ = ZerosLike(this->parameters());
}

template <typename Operation, typename Rate>
void SgdOptimizer::StepBy(Operation* sgd, at::TensorList gradients, const Rate& rate,
                          double momentum, const std::optional<at::Tensor>& found_inf) {
  const at::NoGradGuard no_gradients;
  for (const ParameterGroup& group : groups_) {
    const std::vector<at::Tensor> momenta = momenta_.empty() ? momenta_ : group.Select(momenta_);
    // Momenta start at 0, so the first step is like all others.
    sgd(group.parameters, group.Select(gradients), momenta, group.weight_decay,
        momenta_.empty() ? 0 : momentum, rate, /*dampening=*/0, rule_.nesterov,
        /*maximize=*/false, /*is_first_step=*/false, /*grad_scale=*/{}, found_inf);
    CountWrite(group.parameters);
  }
}

void SgdOptimizer::Step(at::TensorList gradients, const ScheduleValues& values,
                        const std::optional<at::Tensor>& found_inf) {
  StepBy(&at::_ops::_fused_sgd_::call, gradients, values.learning_rate,
         values.momentum.value_or(rule_.momentum), found_inf);
}

void SgdOptimizer::StepAtRate(at::TensorList gradients, const at::Tensor& learning_rate,
                              const std::optional<at::Tensor>& found_inf) {
  StepBy(&at::_ops::_fused_sgd__tensor_lr::call, gradients, learning_rate, rule_.momentum,
         found_inf);
}

}  // namespace ablate

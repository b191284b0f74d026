#include "techniques/optimizers/adam_torch.h"

namespace ablate {

AdamOptimizer::AdamOptimizer(std::vector<at::Tensor> parameters, const Adam& rule,
                             double weight_decay)
    : ParameterOptimizer(std::move(parameters)),
      rule_(rule),
      groups_(GroupByDecay(this->parameters(), weight_decay)),
      moments_(this->parameters(), at::kFloat) {}

template <typename Operation, typename Rate>
void AdamOptimizer::StepBy(Operation* adam, Operation* adamw, at::TensorList gradients,
                           const Rate& rate, double beta1,
                           const std::optional<at::Tensor>& found_inf) {
  const at::NoGradGuard no_gradients;
  moments_.updates.add_(1);
  for (const ParameterGroup& group : groups_) {
    // The kernels want a counter for each tensor; they only read it.
    const std::vector<at::Tensor> counters(group.parameters.size(), moments_.updates);
    (rule_.decoupled_decay ? adamw : adam)(
        group.parameters, group.Select(gradients), group.Select(moments_.first),
        group.Select(moments_.second), /*max_exp_avg_sqs=*/{}, counters, rate, beta1, rule_.beta2,
        group.weight_decay, rule_.epsilon, /*amsgrad=*/false, /*maximize=*/false,
        /*grad_scale=*/{}, found_inf);
    CountWrite(group.parameters);
  }
  if (found_inf) moments_.updates.sub_(found_inf->squeeze());
}

void AdamOptimizer::Step(at::TensorList gradients, const ScheduleValues& values,
                         const std::optional<at::Tensor>& found_inf) {
  StepBy(&at::_ops::_fused_adam_::call, &at::_ops::_fused_adamw_::call, gradients,
         values.learning_rate, values.momentum.value_or(rule_.beta1), found_inf);
}

void AdamOptimizer::StepAtRate(at::TensorList gradients, const at::Tensor& learning_rate,
                               const std::optional<at::Tensor>& found_inf) {
  StepBy(&at::_ops::_fused_adam__tensor_lr::call, &at::_ops::_fused_adamw__tensor_lr::call,
         gradients, learning_rate, rule_.beta1, found_inf);
}

}  // namespace ablate

#include "techniques/optimizers/adam_torch.h"

namespace ablate {

AdamOptimizer::AdamOptimizer(std::vector<at::Tensor> parameters, const Adam& rule,
                             double weight_decay)
    : ParameterOptimizer(std::move(parameters)),
      rule_(rule),
      groups_(GroupByDecay(this->parameters(), weight_decay)),
      first_moments_(ZerosLike(this->parameters())),
      second_moments_(ZerosLike(this->parameters())),
      updates_(at::zeros({}, at::device(this->parameters().at(0).device()).dtype(at::kFloat))) {}

void AdamOptimizer::Step(at::TensorList gradients, const ScheduleValues& values,
                         const std::optional<at::Tensor>& found_inf) {
  const at::NoGradGuard no_gradients;
  updates_.add_(1);
  const double beta1 = values.momentum.value_or(rule_.beta1);
  const auto step = [&](const ParameterGroup& group, auto fused) {
    // The kernels want a counter for each tensor; they only read it.
    const std::vector<at::Tensor> counters(group.parameters.size(), updates_);
    fused(group.parameters, group.Select(gradients), group.Select(first_moments_),
          group.Select(second_moments_), /*max_exp_avg_sqs=*/{}, counters, values.learning_rate,
          beta1, rule_.beta2, group.weight_decay, rule_.epsilon, /*amsgrad=*/false,
          /*maximize=*/false, /*grad_scale=*/{}, found_inf);
  };
  for (const ParameterGroup& group : groups_) {
    if (rule_.decoupled_decay) {
      step(group, &at::_ops::_fused_adamw_::call);
    } else {
      step(group, &at::_ops::_fused_adam_::call);
    }
  }
  if (found_inf) updates_.sub_(found_inf->squeeze());
}

std::vector<at::Tensor> AdamOptimizer::State() const {
  std::vector<at::Tensor> state = first_moments_;
  state.insert(state.end(), second_moments_.begin(), second_moments_.end());
  state.push_back(updates_);
  return state;
}

}  // namespace ablate

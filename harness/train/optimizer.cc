#include "harness/train/optimizer.h"

#include <stdexcept>

namespace ablate {

AdamOptimizer::AdamOptimizer(std::vector<at::Tensor> parameters, const Optimizer& options)
    : options_(options), parameters_(std::move(parameters)) {
  for (const at::Tensor& parameter : parameters_) {
    first_moments_.push_back(at::zeros_like(parameter));
    second_moments_.push_back(at::zeros_like(parameter));
  }
  step_ = at::zeros({}, parameters_.at(0).options().requires_grad(false));
  steps_.assign(parameters_.size(), step_);
}

std::vector<at::Tensor> AdamOptimizer::Gradients() const {
  std::vector<at::Tensor> gradients;
  gradients.reserve(parameters_.size());
  for (const at::Tensor& parameter : parameters_) {
    if (!parameter.grad().defined()) throw std::logic_error("a parameter has no gradient");
    gradients.push_back(parameter.grad());
  }
  return gradients;
}

void AdamOptimizer::ZeroGradients() {
  for (at::Tensor& parameter : parameters_) parameter.mutable_grad().reset();
}

at::Tensor AdamOptimizer::ClipGradients(at::TensorList gradients) const {
  const at::NoGradGuard no_gradients;
  const at::Tensor norm = at::linalg_vector_norm(at::stack(at::_foreach_norm(gradients, 2)));
  if (options_.gradient_clip <= 0) return norm;
  constexpr double kAgainstZero = 1e-6;  // PyTorch's
  const at::Tensor coefficient = (options_.gradient_clip / (norm + kAgainstZero)).clamp_max(1.0);
  // On a CPU the host knows the coefficient; a multiplication by 1 would read and write everything
  // for nothing.
  if (norm.is_cpu() && coefficient.item<float>() == 1.0f) return norm;
  at::_foreach_mul_(gradients, coefficient);
  return norm;
}

void AdamOptimizer::Step(at::TensorList gradients, const ScheduleValues& values,
                         const std::optional<at::Tensor>& found_inf) {
  const at::NoGradGuard no_gradients;
  step_.add_(1);
  const double beta1 = values.momentum.value_or(options_.beta1);
  const auto step = [&](auto fused) {
    fused(parameters_, gradients, first_moments_, second_moments_, /*max_exp_avg_sqs=*/{}, steps_,
          values.learning_rate, beta1, options_.beta2, options_.weight_decay, options_.epsilon,
          /*amsgrad=*/false, /*maximize=*/false, /*grad_scale=*/{}, found_inf);
  };
  if (options_.kind == Optimizer::Kind::kAdamW) {
    step(&at::_ops::_fused_adamw_::call);
  } else {
    step(&at::_ops::_fused_adam_::call);
  }
  if (found_inf) step_.sub_(found_inf->squeeze());
}

std::vector<at::Tensor> AdamOptimizer::State() const {
  std::vector<at::Tensor> state = first_moments_;
  state.insert(state.end(), second_moments_.begin(), second_moments_.end());
  state.push_back(step_);
  return state;
}

}  // namespace ablate

#include "techniques/optimizer_torch.h"

#include <stdexcept>

#include "techniques/optimizers/adafactor_torch.h"
#include "techniques/optimizers/adam_torch.h"
#include "techniques/optimizers/lamb_torch.h"
#include "techniques/optimizers/lion_torch.h"
#include "techniques/optimizers/sgd_torch.h"

namespace ablate {
namespace {

using Made = std::unique_ptr<ParameterOptimizer>;
using Tensors = std::vector<at::Tensor>;

Made Make(Tensors parameters, const Adam& rule, double weight_decay) {
  return std::make_unique<AdamOptimizer>(std::move(parameters), rule, weight_decay);
}
Made Make(Tensors parameters, const Lamb& rule, double weight_decay) {
  return std::make_unique<LambOptimizer>(std::move(parameters), rule, weight_decay);
}
Made Make(Tensors parameters, const Adafactor& rule, double weight_decay) {
  return std::make_unique<AdafactorOptimizer>(std::move(parameters), rule, weight_decay);
}
Made Make(Tensors parameters, const Lion& rule, double weight_decay) {
  return std::make_unique<LionOptimizer>(std::move(parameters), rule, weight_decay);
}
Made Make(Tensors parameters, const Sgd& rule, double weight_decay) {
  return std::make_unique<SgdOptimizer>(std::move(parameters), rule, weight_decay);
}

}  // namespace

ParameterOptimizer::ParameterOptimizer(std::vector<at::Tensor> parameters)
    : parameters_(std::move(parameters)) {}

std::vector<at::Tensor> ParameterOptimizer::Gradients() const {
  std::vector<at::Tensor> gradients;
  gradients.reserve(parameters_.size());
  for (const at::Tensor& parameter : parameters_) {
    if (!parameter.grad().defined()) throw std::logic_error("a parameter has no gradient");
    gradients.push_back(parameter.grad());
  }
  return gradients;
}

void ParameterOptimizer::ZeroGradients() {
  for (at::Tensor& parameter : parameters_) parameter.mutable_grad().reset();
}

std::unique_ptr<ParameterOptimizer> MakeOptimizer(std::vector<at::Tensor> parameters,
                                                  const Optimizer& options) {
  const auto make = [&](const auto& rule) {
    return Make(std::move(parameters), rule, options.weight_decay);
  };
  return std::visit(make, options.rule);
}

at::Tensor GlobalNorm(at::TensorList gradients) {
  const at::NoGradGuard no_gradients;
  return at::linalg_vector_norm(at::stack(at::_foreach_norm(gradients, 2)));
}

void ClipToNorm(at::TensorList gradients, const at::Tensor& norm, double limit) {
  const at::NoGradGuard no_gradients;
  constexpr double kAgainstZero = 1e-6;  // PyTorch's
  const at::Tensor coefficient = (limit / (norm + kAgainstZero)).clamp_max(1.0);
  // On a CPU the host knows the coefficient; a multiplication by 1 would read and write everything
  // for nothing.
void ParameterOptimizer::StepAtRate(at::TensorList /*gradients*/,
                                    const at::Tensor& /*learning_rate*/,
                                    const std::optional<at::Tensor>& /*found_inf*/) {
  throw std::logic_error("the optimizer's rule has its learning rate from the host");
}

  if (norm.is_cpu() && coefficient.item<double>() == 1.0) return;
  at::_foreach_mul_(gradients, coefficient);
}

}  // namespace ablate

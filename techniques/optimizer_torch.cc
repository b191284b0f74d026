#include "techniques/optimizer_torch.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <stdexcept>
#include <utility>

#include "techniques/optimizers/adafactor_torch.h"
#include "techniques/optimizers/adam_torch.h"
#include "techniques/optimizers/fused_adam_torch.h"
#include "techniques/optimizers/lamb_torch.h"
#include "techniques/optimizers/lion_torch.h"
#include "techniques/optimizers/sgd_torch.h"

namespace ablate {
namespace {

using Made = std::unique_ptr<ParameterOptimizer>;
using Tensors = std::vector<at::Tensor>;

Made Make(Tensors parameters, const Adam& rule, double weight_decay, KernelSet kernels) {
  if (kernels == KernelSet::kFused && parameters.front().is_cpu()) {
    return std::make_unique<FusedAdamOptimizer>(std::move(parameters), rule, weight_decay);
  }
  return std::make_unique<AdamOptimizer>(std::move(parameters), rule, weight_decay);
}
Made Make(Tensors parameters, const Lamb& rule, double weight_decay, KernelSet /*kernels*/) {
  return std::make_unique<LambOptimizer>(std::move(parameters), rule, weight_decay);
}
Made Make(Tensors parameters, const Adafactor& rule, double weight_decay, KernelSet /*kernels*/) {
  return std::make_unique<AdafactorOptimizer>(std::move(parameters), rule, weight_decay);
}
Made Make(Tensors parameters, const Lion& rule, double weight_decay, KernelSet /*kernels*/) {
  return std::make_unique<LionOptimizer>(std::move(parameters), rule, weight_decay);
}
Made Make(Tensors parameters, const Sgd& rule, double weight_decay, KernelSet /*kernels*/) {
  return std::make_unique<SgdOptimizer>(std::move(parameters), rule, weight_decay);
}

bool IsOneDensePart(const GradientParts& parts) {
  return parts.size() == 1 && !parts.front().is_sparse();
}

// LibTorch forgets on the way to .grad that rows are coalesced, and where gradients were added they
// are not.
at::Tensor Coalesced(const at::Tensor& gradient) {
  if (!gradient.is_sparse() || gradient.is_coalesced()) return gradient;
  const at::Tensor indices = gradient._indices();
  const auto* const row = indices.const_data_ptr<int64_t>();
  const bool ascend =
      std::adjacent_find(row, row + indices.numel(), std::greater_equal()) == row + indices.numel();
  return ascend ? gradient._coalesced_(true) : gradient.coalesce();
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

void ParameterOptimizer::StepAtRate(at::TensorList /*gradients*/,
                                    const at::Tensor& /*learning_rate*/,
                                    const std::optional<at::Tensor>& /*found_inf*/) {
  throw std::logic_error("the optimizer's rule has its learning rate from the host");
}

void ParameterOptimizer::ZeroGradients() {
  for (at::Tensor& parameter : parameters_) parameter.mutable_grad().reset();
}

PartedGradients ParameterOptimizer::Prepare(PartedGradients gradients) const {
  for (size_t i = 0; i < gradients.size(); ++i) {
    if (IsOneDensePart(gradients[i])) continue;
    gradients[i] = {fused::GradientSum(gradients[i], parameters_[i])};
  }
  return gradients;
}

void ParameterOptimizer::ClipAndStep(const PartedGradients& gradients, const ClipToLimit& clip,
                                     const ScheduleValues& values,
                                     const std::optional<at::Tensor>& found_inf) {
  const std::vector<at::Tensor> sums = AllParts(gradients);
  if (clip.limit > 0) ClipToNorm(sums, clip.norm, clip.limit);
  Step(sums, values, found_inf);
}

std::unique_ptr<ParameterOptimizer> MakeOptimizer(std::vector<at::Tensor> parameters,
                                                  const Optimizer& options, KernelSet kernels) {
  const auto make = [&](const auto& rule) {
    return Make(std::move(parameters), rule, options.weight_decay, kernels);
  };
  return std::visit(make, options.rule);
}

PartedGradients TakeGradients(const std::vector<std::vector<at::Tensor>>& copies) {
  PartedGradients gradients(copies.front().size());
  for (const std::vector<at::Tensor>& parameters : copies) {
    for (size_t i = 0; i < parameters.size(); ++i) {
      at::Tensor& gradient = parameters[i].mutable_grad();
      if (gradient.defined()) gradients[i].push_back(Coalesced(std::exchange(gradient, {})));
    }
  }
  for (const GradientParts& parts : gradients) {
    if (parts.empty()) throw std::logic_error("a parameter has no gradient");
  }
  return gradients;
}

std::vector<at::Tensor> AllParts(const PartedGradients& gradients) {
  std::vector<at::Tensor> all;
  for (const GradientParts& parts : gradients) all.insert(all.end(), parts.begin(), parts.end());
  return all;
}

at::Tensor GlobalNorm(at::TensorList gradients) {
  const at::NoGradGuard no_gradients;
  return at::linalg_vector_norm(at::stack(at::_foreach_norm(gradients, 2)));
}

at::Tensor GlobalNorm(const PartedGradients& gradients) {
  if (std::ranges::all_of(gradients, IsOneDensePart)) return GlobalNorm(AllParts(gradients));
  return at::full({}, std::sqrt(fused::SquaredNorm(gradients)), at::kDouble);
}

void ClipToNorm(at::TensorList gradients, const at::Tensor& norm, double limit) {
  const at::NoGradGuard no_gradients;
  constexpr double kAgainstZero = 1e-6;  // PyTorch's
  const at::Tensor coefficient = (limit / (norm + kAgainstZero)).clamp_max(1.0);
  // On a CPU the host knows the coefficient; a multiplication by 1 would read and write everything
  // for nothing.
  if (norm.is_cpu() && coefficient.item<double>() == 1.0) return;
  at::_foreach_mul_(gradients, coefficient);
}

}  // namespace ablate

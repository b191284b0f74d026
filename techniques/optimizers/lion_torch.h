// Lion, Chen et al., "Symbolic Discovery of Optimization Algorithms" (2023). With momentum m,
// gradient g, parameter p and decoupled decay wd:
//   p -= lr (sign(beta1 m + (1 - beta1) g) + wd p),   then   m = beta2 m + (1 - beta2) g.
#pragma once

#include "techniques/optimizer_torch.h"
#include "techniques/optimizers/parameter_groups_torch.h"

namespace ablate {

class LionOptimizer final : public ParameterOptimizer {
 public:
  LionOptimizer(std::vector<at::Tensor> parameters, const Lion& rule, double weight_decay);

  void Step(at::TensorList gradients, const ScheduleValues& values,
            const std::optional<at::Tensor>& found_inf) override;
  std::vector<at::Tensor> State() const override { return momenta_; }

 private:
  Lion rule_;
  std::vector<ParameterGroup> groups_;
  std::vector<at::Tensor> momenta_;
};

}  // namespace ablate

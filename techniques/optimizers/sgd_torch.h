// Stochastic gradient descent with momentum or Nesterov's, as torch.optim.SGD has it, in one fused
// kernel. Where the rule has no momentum it keeps no state, and a schedule that cycles momentum
// gives it none.
#pragma once

#include "techniques/optimizer_torch.h"
#include "techniques/optimizers/parameter_groups_torch.h"

namespace ablate {

class SgdOptimizer final : public ParameterOptimizer {
 public:
  SgdOptimizer(std::vector<at::Tensor> parameters, const Sgd& rule, double weight_decay);

  void Step(at::TensorList gradients, const ScheduleValues& values,
            const std::optional<at::Tensor>& found_inf) override;
  bool TakesRateFromDevice() const override { return true; }
  void StepAtRate(at::TensorList gradients, const at::Tensor& learning_rate,
                  const std::optional<at::Tensor>& found_inf) override;
  std::vector<at::Tensor> State() const override { return momenta_; }

 private:
  // `sgd`: LibTorch's fused operation that takes such a rate.
  template <typename Operation, typename Rate>
  void StepBy(Operation* sgd, at::TensorList gradients, const Rate& rate, double momentum,
              const std::optional<at::Tensor>& found_inf);
  Sgd rule_;
  std::vector<ParameterGroup> groups_;
  std::vector<at::Tensor> momenta_;  // empty without momentum
};

}  // namespace ablate

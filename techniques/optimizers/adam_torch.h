// Adam (Kingma and Ba 2015) and AdamW (Loshchilov and Hutter 2019), as torch.optim has them: one
// fused kernel reads gradient, moments and parameter once.
#pragma once

#include "techniques/optimizer_torch.h"
#include "techniques/optimizers/adam_moments_torch.h"
#include "techniques/optimizers/parameter_groups_torch.h"

namespace ablate {

class AdamOptimizer final : public ParameterOptimizer {
 public:
  AdamOptimizer(std::vector<at::Tensor> parameters, const Adam& rule, double weight_decay);

  void Step(at::TensorList gradients, const ScheduleValues& values,
            const std::optional<at::Tensor>& found_inf) override;
  bool TakesRateFromDevice() const override { return true; }
  void StepAtRate(at::TensorList gradients, const at::Tensor& learning_rate,
                  const std::optional<at::Tensor>& found_inf) override;
  std::vector<at::Tensor> State() const override { return moments_.State(); }

 private:
  // `adam` and `adamw`: LibTorch's fused operations that take such a rate.
  template <typename Operation, typename Rate>
  void StepBy(Operation* adam, Operation* adamw, at::TensorList gradients, const Rate& rate,
              double beta1, const std::optional<at::Tensor>& found_inf);
  Adam rule_;
  std::vector<ParameterGroup> groups_;
  AdamMoments moments_;
};

}  // namespace ablate

// Adam (Kingma and Ba 2015) and AdamW (Loshchilov and Hutter 2019), as torch.optim has them: one
// fused kernel reads gradient, moments and parameter once.
#pragma once

#include "techniques/optimizer_torch.h"
#include "techniques/optimizers/parameter_groups_torch.h"

namespace ablate {

class AdamOptimizer final : public ParameterOptimizer {
 public:
  AdamOptimizer(std::vector<at::Tensor> parameters, const Adam& rule, double weight_decay);

  void Step(at::TensorList gradients, const ScheduleValues& values,
            const std::optional<at::Tensor>& found_inf) override;
  std::vector<at::Tensor> State() const override;

 private:
  Adam rule_;
  std::vector<ParameterGroup> groups_;
  std::vector<at::Tensor> first_moments_;
  std::vector<at::Tensor> second_moments_;
  at::Tensor updates_;  // [], float32: that were not skipped
};

}  // namespace ablate

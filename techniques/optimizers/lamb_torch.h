// LAMB, You et al., "Large Batch Optimization for Deep Learning" (2020), Algorithm 2. For each
// tensor p, with Adam's bias-corrected moments m and v and decoupled decay wd:
//   r = m / (sqrt(v) + epsilon) + wd p,   p -= lr phi r,   phi = |p| / |r| (2-norms).
// phi is not clipped, holds for vectors too, and is 1 where either norm is 0 (a bias at its start).
#pragma once

#include "techniques/optimizer_torch.h"
#include "techniques/optimizers/adam_moments_torch.h"
#include "techniques/optimizers/parameter_groups_torch.h"

namespace ablate {

class LambOptimizer final : public ParameterOptimizer {
 public:
  LambOptimizer(std::vector<at::Tensor> parameters, const Lamb& rule, double weight_decay);

  void Step(at::TensorList gradients, const ScheduleValues& values,
            const std::optional<at::Tensor>& found_inf) override;
  std::vector<at::Tensor> State() const override { return moments_.State(); }

 private:
  // m / (sqrt(v) + epsilon) after the moments have taken in the gradients.
  std::vector<at::Tensor> AdamDirections(at::TensorList gradients, double beta1,
                                         const std::optional<at::Tensor>& found_inf);

  Lamb rule_;
  std::vector<ParameterGroup> groups_;
  AdamMoments moments_;
};

}  // namespace ablate

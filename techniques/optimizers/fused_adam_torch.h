// Adam and AdamW in one pass over all parameters on a CPU, which sums the parts of a gradient,
// clips it and steps where it reads it: see fused::AdamStep.
#pragma once

#include "techniques/optimizer_torch.h"
#include "techniques/optimizers/adam_moments_torch.h"
#include "techniques/optimizers/parameter_groups_torch.h"

namespace ablate {

class FusedAdamOptimizer final : public ParameterOptimizer {
 public:
  FusedAdamOptimizer(std::vector<at::Tensor> parameters, const Adam& rule, double weight_decay);

  void Step(at::TensorList gradients, const ScheduleValues& values,
            const std::optional<at::Tensor>& found_inf) override;
  std::vector<at::Tensor> State() const override { return moments_.State(); }

  // As they are.
  PartedGradients Prepare(PartedGradients gradients) const override { return gradients; }
  void ClipAndStep(const PartedGradients& gradients, const ClipToLimit& clip,
                   const ScheduleValues& values,
                   const std::optional<at::Tensor>& found_inf) override;

 private:
  Adam rule_;
  std::vector<ParameterGroup> groups_;
  AdamMoments moments_;
};

}  // namespace ablate

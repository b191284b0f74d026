// Adam (Kingma and Ba 2015) and AdamW (Loshchilov and Hutter 2019) through LibTorch's fused
// kernels.
#pragma once

#include <torch/torch.h>

#include <optional>
#include <vector>

#include "techniques/recipe.h"
#include "techniques/schedule.h"

namespace ablate {

class AdamOptimizer {
 public:
  // `parameters` stay where they are; every one has a gradient at each step.
  AdamOptimizer(std::vector<at::Tensor> parameters, const Optimizer& options);

  // The gradients, which live from a backward to ZeroGradients.
  std::vector<at::Tensor> Gradients() const;
  void ZeroGradients();

  // The gradients' global 2-norm [], before they are scaled to at most gradient_clip, as
  // torch.nn.utils.clip_grad_norm_ does it. On a GPU the host does not wait.
  at::Tensor ClipGradients(at::TensorList gradients) const;

  // One update with the schedule's values. Where found_inf is given and 1, nothing changes but the
  // gradients.
  void Step(at::TensorList gradients, const ScheduleValues& values,
            const std::optional<at::Tensor>& found_inf);

  const std::vector<at::Tensor>& parameters() const { return parameters_; }
  // Everything but the parameters that a step changes, to be kept and put back.
  std::vector<at::Tensor> State() const;

 private:
  Optimizer options_;
  std::vector<at::Tensor> parameters_;
  std::vector<at::Tensor> first_moments_;
  std::vector<at::Tensor> second_moments_;
  at::Tensor step_;  // [], float32: updates that were not skipped
  std::vector<at::Tensor>
      steps_;  // step_, as often as there are parameters: the kernels want one each
};

}  // namespace ablate

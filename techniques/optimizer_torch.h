// Optimizers over tensors: a step of all parameters in a few fused or foreach operations.
#pragma once

#include <torch/torch.h>

#include <memory>
#include <optional>
#include <vector>

#include "techniques/recipe.h"
#include "techniques/schedule.h"

namespace ablate {

// Parameters that are updated together. They stay where they are, and every one has a gradient at
// each step.
class ParameterOptimizer {
 public:
  explicit ParameterOptimizer(std::vector<at::Tensor> parameters);
  virtual ~ParameterOptimizer() = default;
  ParameterOptimizer(const ParameterOptimizer&) = delete;
  ParameterOptimizer& operator=(const ParameterOptimizer&) = delete;

  // One update with the schedule's values, from the parameters' gradients, in their order. Where
  // found_inf ([1], on the device) is given and 1, nothing changes but the gradients.
  virtual void Step(at::TensorList gradients, const ScheduleValues& values,
                    const std::optional<at::Tensor>& found_inf) = 0;
  // Everything but the parameters that a step changes, to be kept and put back.
  virtual std::vector<at::Tensor> State() const = 0;

  const std::vector<at::Tensor>& parameters() const { return parameters_; }
  // The gradients, which live from a backward to ZeroGradients.
  std::vector<at::Tensor> Gradients() const;
  void ZeroGradients();

 private:
  std::vector<at::Tensor> parameters_;
};

  // Whether the rule can be given a learning rate that lies on the device, float32 [], with which
  // it steps as Step does with its own momentum.
  virtual bool TakesRateFromDevice() const { return false; }
  virtual void StepAtRate(at::TensorList gradients, const at::Tensor& learning_rate,
                          const std::optional<at::Tensor>& found_inf);
// The rule that `options` asks for. Weight decay acts on parameters of two dimensions and more.
std::unique_ptr<ParameterOptimizer> MakeOptimizer(std::vector<at::Tensor> parameters,
                                                  const Optimizer& options);

// The 2-norm [] of all of them together. The host does not wait.
at::Tensor GlobalNorm(at::TensorList gradients);
// Scales the gradients, whose norm is `norm`, to at most `limit`, as torch.nn.utils.clip_grad_norm_
// does it. On a GPU the host does not wait.
void ClipToNorm(at::TensorList gradients, const at::Tensor& norm, double limit);

}  // namespace ablate

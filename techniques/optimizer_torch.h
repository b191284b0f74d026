// Optimizers over tensors: a step of all parameters in a few fused or foreach operations.
#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <optional>
#include <vector>

#include "model/net/fused/adam_step.h"
#include "techniques/recipe.h"
#include "techniques/schedule.h"

namespace ablate {

// A parameter's gradient as the sum of its parts in their order, one of each replica say: dense, or
// coalesced rows. At least one.
using fused::GradientParts;
using PartedGradients = std::vector<GradientParts>;  // of several parameters, in their order

// The 2-norm `norm` [] of all gradients is to be at most `limit`; 0: anything.
struct ClipToLimit {
  at::Tensor norm = {};
  double limit = 0;
};

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
  // Whether the rule can be given a learning rate that lies on the device, float32 [], with which
  // it steps as Step does with its own momentum.
  virtual bool TakesRateFromDevice() const { return false; }
  virtual void StepAtRate(at::TensorList gradients, const at::Tensor& learning_rate,
                          const std::optional<at::Tensor>& found_inf);
  // Everything but the parameters that a step changes, to be kept and put back.
  virtual std::vector<at::Tensor> State() const = 0;

  // The same in two calls, of gradients in parts: as the rule wants to have them, which is as dense
  // sums unless it says otherwise; then the step, of clipped gradients.
  virtual PartedGradients Prepare(PartedGradients gradients) const;
  virtual void ClipAndStep(const PartedGradients& gradients, const ClipToLimit& clip,
                           const ScheduleValues& values,
                           const std::optional<at::Tensor>& found_inf);

  const std::vector<at::Tensor>& parameters() const { return parameters_; }
  // The gradients, which live from a backward to ZeroGradients.
  std::vector<at::Tensor> Gradients() const;
  void ZeroGradients();

 private:
  std::vector<at::Tensor> parameters_;
};

// The rule that `options` asks for. Weight decay acts on parameters of two dimensions and more.
std::unique_ptr<ParameterOptimizer> MakeOptimizer(std::vector<at::Tensor> parameters,
                                                  const Optimizer& options,
                                                  KernelSet kernels = KernelSet::kReference);

// The gradients of the parameters, of `copies` of them too: each a part, where there is one. Moves
// them out of .grad.
PartedGradients TakeGradients(const std::vector<std::vector<at::Tensor>>& copies);
// All parts of all of them.
std::vector<at::Tensor> AllParts(const PartedGradients& gradients);

// The 2-norm [] of all of them together. The host does not wait.
at::Tensor GlobalNorm(at::TensorList gradients);
at::Tensor GlobalNorm(const PartedGradients& gradients);
// Scales the gradients, whose norm is `norm`, to at most `limit`, as torch.nn.utils.clip_grad_norm_
// does it. On a GPU the host does not wait.
void ClipToNorm(at::TensorList gradients, const at::Tensor& norm, double limit);

}  // namespace ablate

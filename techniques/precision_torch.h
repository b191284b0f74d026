// What precision does: TF32, an autocast scope, and the dynamic loss scale.
#pragma once

#include <ATen/ATen.h>
#include <c10/core/Event.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "techniques/recipe.h"

namespace ablate {

// The process's switches: whether float32 matrix products may round to TF32.
void AllowTf32(const Precision& precision);

// The type that autocast computes in on `device`; nothing where it is off.
std::optional<at::ScalarType> AutocastType(const Precision& precision, at::Device device);

// The format of most matrix products, as the device's matrix rates are named: fp32, tf32, bf16 or
// fp16.
std::string MatrixFormat(const Precision& precision, at::Device device);

// Autocast for the length of a scope. Casts of parameters are kept within a scope, and dropped at
// its end, since an update changes the parameters. Scopes do not nest.
class AutocastScope {
 public:
  AutocastScope(const Precision& precision, at::Device device);
  ~AutocastScope();
  AutocastScope(const AutocastScope&) = delete;
  AutocastScope& operator=(const AutocastScope&) = delete;

 private:
  at::DeviceType device_;
  bool enabled_;
};

// The dynamic loss scale of Micikevicius et al. (2018), as torch.amp.GradScaler has it: gradients
// of the scaled loss that overflow make the update a skip and shrink the scale; growth_interval
// updates without a skip grow it. All on the device.
class LossScaling {
 public:
  // nullptr where the recipe does not scale: for every type but float16.
  static std::unique_ptr<LossScaling> For(const Precision& precision, at::Device device);

  LossScaling(const Precision& precision, at::Device device);

  at::Tensor Scale(const at::Tensor& loss) const { return loss * scale_; }
  // Divides the gradients by the scale. Returns [1], 1 where any is not finite and the update is to
  // be skipped, else 0; it is overwritten by the next call. Where others hold further gradients of
  // the model, `agree` makes of it the verdict on all of them, in place.
  const at::Tensor& Unscale(at::TensorList gradients,
                            const std::function<void(at::Tensor found_inf)>& agree = nullptr);
  // The same, but the host will not know: LastSkipped is not to be asked.
  const at::Tensor& UnscaleOnDevice(at::TensorList gradients);
  // Adapts the scale. Once an update, after the optimizer's step.
  void Update();

  // Whether the last update was a skip. Waits until the device has come to that update's Unscale,
  // and for nothing after it: asked once the next update's work is on its way, it leaves the device
  // no gap.
  bool LastSkipped() const;

  const at::Tensor& scale() const { return scale_; }  // [1]
  // Everything that an update changes, to be kept and put back.
  std::vector<at::Tensor> State() const { return {scale_, growth_tracker_}; }

 private:
  Precision precision_;
  at::Tensor scale_;
  at::Tensor growth_tracker_;
  at::Tensor found_inf_;
  at::Tensor found_inf_on_host_;
  std::optional<c10::Event> copied_;  // to the host; absent on a CPU
};

}  // namespace ablate

#include "techniques/precision_torch.h"

#include <ATen/autocast_mode.h>
#include <c10/core/impl/VirtualGuardImpl.h>

namespace ablate {

void AllowTf32(const Precision& precision) {
  at::globalContext().setFloat32MatmulPrecision(precision.tf32 ? "high" : "highest");
  at::globalContext().setAllowTF32CuDNN(precision.tf32);
}

std::optional<at::ScalarType> AutocastType(const Precision& precision, at::Device device) {
  switch (precision.autocast) {
    case Precision::Autocast::kOff:
      return std::nullopt;
    case Precision::Autocast::kDeviceDefault:
      return device.is_cpu() ? at::kBFloat16 : at::kHalf;
    case Precision::Autocast::kFloat16:
      return at::kHalf;
    case Precision::Autocast::kBFloat16:
      return at::kBFloat16;
  }
  return std::nullopt;
}

std::string MatrixFormat(const Precision& precision, at::Device device) {
  const std::optional<at::ScalarType> type = AutocastType(precision, device);
  if (type) return *type == at::kHalf ? "fp16" : "bf16";
  return precision.tf32 && !device.is_cpu() ? "tf32" : "fp32";
}

AutocastScope::AutocastScope(const Precision& precision, at::Device device)
    : device_(device.type()), enabled_(false) {
  const std::optional<at::ScalarType> type = AutocastType(precision, device);
  if (!type) return;
  enabled_ = true;
  at::autocast::set_autocast_dtype(device_, *type);
  at::autocast::set_autocast_enabled(device_, true);
}

AutocastScope::~AutocastScope() {
  if (!enabled_) return;
  at::autocast::set_autocast_enabled(device_, false);
  at::autocast::clear_cache();
}

std::unique_ptr<LossScaling> LossScaling::For(const Precision& precision, at::Device device) {
  if (AutocastType(precision, device) != at::kHalf) return nullptr;
  return std::make_unique<LossScaling>(precision, device);
}

LossScaling::LossScaling(const Precision& precision, at::Device device) : precision_(precision) {
  const auto options = at::TensorOptions().dtype(at::kFloat).device(device);
  scale_ = at::full({1}, precision.initial_loss_scale, options);
  growth_tracker_ = at::zeros({1}, options.dtype(at::kInt));
  found_inf_ = at::zeros({1}, options);
  found_inf_on_host_ = found_inf_;
  if (device.is_cpu()) return;
  found_inf_on_host_ = at::zeros({1}, at::TensorOptions().dtype(at::kFloat).pinned_memory(true));
  copied_.emplace(device.type());
}

const at::Tensor& LossScaling::UnscaleOnDevice(at::TensorList gradients) {
  found_inf_.zero_();
  // GradScaler inverts in double; float32 differs by an ulp for scales that are no power of two.
  const at::Tensor inverse = scale_.to(at::kDouble).reciprocal().to(at::kFloat);
  at::_amp_foreach_non_finite_check_and_unscale_(gradients, found_inf_, inverse);
  return found_inf_;
}

const at::Tensor& LossScaling::Unscale(at::TensorList gradients,
                                       const std::function<void(at::Tensor found_inf)>& agree) {
  UnscaleOnDevice(gradients);
  if (agree) agree(found_inf_);
  if (copied_) {
    found_inf_on_host_.copy_(found_inf_, /*non_blocking=*/true);
    const at::Device device = found_inf_.device();
    copied_->record(c10::impl::VirtualGuardImpl(device.type()).getStream(device));
  }
  return found_inf_;
}

void LossScaling::Update() {
  at::_amp_update_scale_(scale_, growth_tracker_, found_inf_, precision_.growth_factor,
                         precision_.backoff_factor, precision_.growth_interval);
}

bool LossScaling::LastSkipped() const {
  if (copied_) copied_->synchronize();
  return *found_inf_on_host_.const_data_ptr<float>() != 0;
}

}  // namespace ablate

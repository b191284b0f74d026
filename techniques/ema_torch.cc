#include "techniques/ema_torch.h"

#include <algorithm>
#include <utility>

namespace ablate {

std::unique_ptr<ParameterAverage> ParameterAverage::For(std::vector<at::Tensor> parameters,
                                                        const Averaging& averaging) {
  if (averaging.decay == 0) return nullptr;
  return std::make_unique<ParameterAverage>(std::move(parameters), averaging);
}

ParameterAverage::ParameterAverage(std::vector<at::Tensor> parameters, const Averaging& averaging)
    : parameters_(std::move(parameters)),
      averaging_(averaging),
      updates_(at::zeros({1}, at::kLong)),
      updates_on_device_(
          at::zeros({}, parameters_.at(0).options().dtype(at::kDouble).requires_grad(false))) {
  for (const at::Tensor& parameter : parameters_) averages_.push_back(parameter.detach().clone());
}

double ParameterAverage::Decay(int64_t updates_before) const {
  if (updates_before == 0) return 0;
  if (!averaging_.warmup) return averaging_.decay;
  const auto n = static_cast<double>(updates_before);
  return std::min(averaging_.decay, (1 + n) / (10 + n));
}

void ParameterAverage::Update() {
  const at::NoGradGuard no_gradients;
  // On the CPU, so that reading it waits for no device.
  int64_t& updates = *updates_.mutable_data_ptr<int64_t>();
  at::_foreach_lerp_(averages_, parameters_, 1 - Decay(updates++));
}

void ParameterAverage::UpdateOnDevice() {
  const at::NoGradGuard no_gradients;
  const at::Tensor& n = updates_on_device_;
  const at::Tensor later = averaging_.warmup ? ((1 + n) / (10 + n)).clamp_max(averaging_.decay)
                                             : at::full_like(n, averaging_.decay);
  const at::Tensor weight = 1 - at::where(n == 0, 0.0, later);
  const std::vector<at::Tensor> steps = at::_foreach_sub(parameters_, averages_);
  // Multi-tensor kernels take a factor from the device only in the tensors' own type.
  at::_foreach_mul_(steps, weight.to(averages_.front().scalar_type()));
  at::_foreach_add_(averages_, steps);
  updates_on_device_.add_(1);
}

void ParameterAverage::Swap() {
  const at::NoGradGuard no_gradients;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const at::Tensor parameter = parameters_[i].clone();
    parameters_[i].copy_(averages_[i]);
    averages_[i].copy_(parameter);
  }
}

std::vector<at::Tensor> ParameterAverage::State() const {
  std::vector<at::Tensor> state = averages_;
  state.insert(state.end(), {updates_, updates_on_device_});
  return state;
}

AveragesInPlace::AveragesInPlace(ParameterAverage* average) : average_(average) {
  if (average_ != nullptr) average_->Swap();
}

AveragesInPlace::~AveragesInPlace() {
  if (average_ != nullptr) average_->Swap();
}

void TakeAverages(ParameterAverage* average) {
  if (average != nullptr) average->Swap();
}

}  // namespace ablate

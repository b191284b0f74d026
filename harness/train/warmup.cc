#include "harness/train/warmup.h"

namespace ablate {

RestorePoint::RestorePoint(std::vector<at::Tensor> tensors, at::Device device)
    : tensors_(std::move(tensors)) {
  const at::NoGradGuard no_gradients;
  for (const at::Tensor& tensor : tensors_) {
    values_.push_back(tensor.detach().to(at::kCPU, /*non_blocking=*/false, /*copy=*/true));
  }
  generators_.push_back(at::globalContext().defaultGenerator(at::kCPU));
  if (!device.is_cpu()) generators_.push_back(at::globalContext().defaultGenerator(device));
  for (const at::Generator& generator : generators_) {
    generator_states_.push_back(generator.get_state());
  }
}

void RestorePoint::Restore() const {
  const at::NoGradGuard no_gradients;
  for (size_t i = 0; i < tensors_.size(); ++i) tensors_[i].copy_(values_[i]);
  for (size_t i = 0; i < generators_.size(); ++i) {
    at::Generator generator = generators_[i];
    generator.set_state(generator_states_[i]);
  }
}

}  // namespace ablate

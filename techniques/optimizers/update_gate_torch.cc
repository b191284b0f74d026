#include "techniques/optimizers/update_gate_torch.h"

namespace ablate {
namespace {

// factor [], on the tensors' device.
void ScaleBy(at::TensorList tensors, const at::Tensor& factor) {
  // Multi-tensor kernels take a factor from the device only in the tensors' own type.
  at::_foreach_mul_(tensors, factor.to(tensors.front().scalar_type()));
}

}  // namespace

UpdateGate::UpdateGate(const std::optional<at::Tensor>& found_inf) {
  if (found_inf) taken_ = 1 - found_inf->squeeze().to(at::kDouble);
}

std::vector<at::Tensor> UpdateGate::Finite(at::TensorList gradients) const {
  if (!taken_.defined()) return gradients.vec();
  // No foreach operation turns a NaN into a number; of one tensor, one kernel does it for all.
  std::vector<at::Tensor> flat;
  std::vector<int64_t> sizes;
  for (const at::Tensor& gradient : gradients) {
    flat.push_back(gradient.reshape(-1));
    sizes.push_back(gradient.numel());
  }
  const at::Tensor all = at::cat(flat).masked_fill_(taken_ == 0, 0);
  std::vector<at::Tensor> finite = all.split_with_sizes(sizes);
  for (size_t i = 0; i < finite.size(); ++i) finite[i] = finite[i].view(gradients[i].sizes());
  return finite;
}

void UpdateGate::Average(at::TensorList averages, at::TensorList gradients, double weight) const {
  if (!taken_.defined()) {
    at::_foreach_lerp_(averages, gradients, weight);
    return;
  }
  Scale(averages, 1 - weight);
  at::_foreach_add_(averages, gradients, weight);
}

void UpdateGate::Scale(at::TensorList tensors, double factor) const {
  if (factor == 1) return;
  if (taken_.defined()) {
    ScaleBy(tensors, 1 + (factor - 1) * taken_);
  } else {
    at::_foreach_mul_(tensors, factor);
  }
}

void UpdateGate::Move(at::TensorList parameters, at::TensorList directions, double length) const {
  if (taken_.defined()) ScaleBy(directions, taken_);
  at::_foreach_add_(parameters, directions, length);
}

void UpdateGate::Count(at::Tensor& updates) const {
  if (taken_.defined()) {
    updates.add_(taken_);
  } else {
    updates.add_(1);
  }
}

at::Tensor UpdateGate::Gated(const at::Tensor& length) const {
  return taken_.defined() ? length * taken_ : length;
}

}  // namespace ablate

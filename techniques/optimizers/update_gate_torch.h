// Whether an update happens, which under a loss scale only the device knows. The rules that
// LibTorch has no fused kernel for go through it, so that a skip changes nothing and the host does
// not wait.
#pragma once

#include <ATen/ATen.h>

#include <optional>
#include <vector>

namespace ablate {

class UpdateGate {
 public:
  // found_inf ([1], on the device) is 1 in a skip, else 0. Without it the update is certain, and
  // the gate costs nothing.
  explicit UpdateGate(const std::optional<at::Tensor>& found_inf);

  // The gradients; in a skip zeros, so that whatever is not finite in them reaches nothing. What
  // follows takes these.
  std::vector<at::Tensor> Finite(at::TensorList gradients) const;

  // All in place, and without effect in a skip. Average: averages += weight (gradients - averages).
  void Average(at::TensorList averages, at::TensorList gradients, double weight) const;
  void Scale(at::TensorList tensors, double factor) const;
  // parameters += length * directions; leaves anything in `directions`.
  void Move(at::TensorList parameters, at::TensorList directions, double length) const;
  // One more update in a counter [].
  void Count(at::Tensor& updates) const;

  // A length or weight as it is to be used: 0 in a skip.
  at::Tensor Gated(const at::Tensor& length) const;

 private:
  at::Tensor taken_;  // [], float64: 1, or 0 in a skip; undefined where the update is certain
};

}  // namespace ablate

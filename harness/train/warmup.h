// Warming up: updates on the live model that leave nothing behind.
#pragma once

#include <ATen/ATen.h>

#include <vector>

namespace ablate {

// What tensors and all random generators of CPU and device held when it was made. Kept on the host,
// so that the device's memory does not grow by it.
class RestorePoint {
 public:
  RestorePoint(std::vector<at::Tensor> tensors, at::Device device);

  // Puts everything back, bit for bit, into the same tensors.
  void Restore() const;

 private:
  std::vector<at::Tensor> tensors_;
  std::vector<at::Tensor> values_;
  std::vector<at::Generator> generators_;
  std::vector<at::Tensor> generator_states_;
};

}  // namespace ablate

// Launches of kernels on tensors: on a CUDA device, or, in tests, by an emulator on a CPU.
#pragma once

#include <ATen/ATen.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "model/net/cuda/arguments.h"
#include "model/net/cuda/driver.h"
#include "model/net/fused/row_types.h"

namespace ablate::cuda {

struct KernelCall {
  std::string source;     // "residual_norm"
  std::string kernel;     // "ResidualForward<float, float, float>", as KernelName makes it
  GridSize blocks;        // none of them 0
  unsigned int threads;   // of a block
  const void* arguments;  // the kernel's struct
};

class Launcher {
 public:
  virtual ~Launcher() = default;
  virtual void Launch(const KernelCall& call, at::Device device) = 0;
};

// For the length of a scope tensors on a CPU are computed by the kernels here, through `launcher`.
class EmulationScope {
 public:
  explicit EmulationScope(Launcher& launcher);
  ~EmulationScope();
  EmulationScope(const EmulationScope&) = delete;
  EmulationScope& operator=(const EmulationScope&) = delete;

 private:
  Launcher* outer_;
};

// Whether tensors of this device are computed by the kernels here.
bool Computes(at::Device device);

// On the device's current stream, without waiting, so that it may be captured into a graph once
// the kernel has run before: the first call compiles and loads it.
void Launch(const KernelCall& call, at::Device device);

// Of a CUDA device, 90 for sm_90. The device has an index.
int ComputeCapability(at::Device device);

// "Name<float, ablate::cuda::Half>".
std::string KernelName(const std::string& name, const std::vector<at::ScalarType>& types,
                       const std::string& first = "");

// Threads for rows of so many columns, an octet each, in whole warps; at most `most`.
unsigned int ThreadsFor(int64_t columns, unsigned int most);

// Whether every four columns of all these tensors, of so many columns, are aligned.
bool AreQuads(int64_t columns, std::initializer_list<at::Tensor> tensors);

Mask MaskOn(const fused::RowMask& mask, const at::Tensor& counter);

inline const void* Address(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.const_data_ptr() : nullptr;
}
inline void* MutableAddress(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.mutable_data_ptr() : nullptr;
}

}  // namespace ablate::cuda

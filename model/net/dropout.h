// Dropout (Srivastava et al. 2014) that is not a quarter of an update's time on a CPU.
#pragma once

#include <ATen/ATen.h>

namespace ablate {

// The generator that this thread's masks on a CPU are drawn from: that of the innermost
// DropoutGeneratorScope, else the CPU's default.
at::Generator DropoutGenerator();

class DropoutGeneratorScope {
 public:
  explicit DropoutGeneratorScope(at::Generator generator);
  ~DropoutGeneratorScope();
  DropoutGeneratorScope(const DropoutGeneratorScope&) = delete;
  DropoutGeneratorScope& operator=(const DropoutGeneratorScope&) = delete;

 private:
  at::Generator outer_;
};

// A seed for an operation that makes its mask itself.
uint64_t NextDropoutSeed();

// For graphs of CUDA that are captured once and replayed, whose masks would else be the same for
// ever: an int64 of one element on the device, which kernels of fused operations there add to their
// seeds when they run. Backward passes read it again, so that it may change between updates alone.
// Undefined outside of any scope of this thread.
at::Tensor DropoutCounter();

class DropoutCounterScope {
 public:
  explicit DropoutCounterScope(at::Tensor counter);
  ~DropoutCounterScope();
  DropoutCounterScope(const DropoutCounterScope&) = delete;
  DropoutCounterScope& operator=(const DropoutCounterScope&) = delete;

 private:
  at::Tensor outer_;
};

// x with each element zero with `probability` in [0, 1), the others divided by 1 - probability; x
// itself where that is 0. Draws from DropoutGenerator, or from another device's own. On a CPU it
// takes 16 random bits an element, a sixth of the time of PyTorch's Bernoulli numbers, and the
// probability is thereby rounded to a multiple of 2^-16.
at::Tensor Dropout(const at::Tensor& x, double probability);

}  // namespace ablate

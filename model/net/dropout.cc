#include "model/net/dropout.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace ablate {
namespace {

constexpr double kRange = 0x1p16;

thread_local at::Generator scoped;
thread_local at::Tensor scoped_counter;

// Uniform over all of int16, in the shape of x.
at::Tensor RandomInt16(const at::Tensor& x) {
  constexpr int64_t kLanes = 4;
  // From the lowest number to no limit: all 64 bits of each are random.
  return at::empty({(x.numel() + kLanes - 1) / kLanes}, x.options().dtype(at::kLong))
      .random_(std::numeric_limits<int64_t>::min(), std::optional<int64_t>(), DropoutGenerator())
      .view(at::kShort)
      .slice(0, 0, x.numel())
      .view(x.sizes());
}

at::Tensor DropoutOnCpu(const at::Tensor& x, double probability) {
  const double dropped = std::min(std::round(probability * kRange), kRange - 1);
  at::Tensor factor = at::empty(x.sizes(), x.options().requires_grad(false));
  at::ge_out(factor, RandomInt16(x), dropped + std::numeric_limits<int16_t>::min());
  return x * factor.mul_(1 / (1 - dropped / kRange));
}

}  // namespace

at::Generator DropoutGenerator() {
  return scoped.defined() ? scoped : at::globalContext().defaultGenerator(at::kCPU);
}

DropoutGeneratorScope::DropoutGeneratorScope(at::Generator generator) : outer_(scoped) {
  scoped = std::move(generator);
}

DropoutGeneratorScope::~DropoutGeneratorScope() { scoped = outer_; }

uint64_t NextDropoutSeed() {
  at::Generator generator = DropoutGenerator();
  const std::scoped_lock lock(generator.mutex());
  return at::check_generator<at::CPUGeneratorImpl>(generator)->random64();
}

at::Tensor DropoutCounter() { return scoped_counter; }

DropoutCounterScope::DropoutCounterScope(at::Tensor counter) : outer_(scoped_counter) {
  scoped_counter = std::move(counter);
}

DropoutCounterScope::~DropoutCounterScope() { scoped_counter = outer_; }

at::Tensor Dropout(const at::Tensor& x, double probability) {
  if (probability == 0 || x.numel() == 0) return x;
  return x.is_cpu() ? DropoutOnCpu(x, probability) : at::dropout(x, probability, true);
}

}  // namespace ablate

// Functions whose tensors on a CPU are computed by emulated CUDA kernels, and the masks that these
// must have.
#pragma once

#include "model/net/fused/dropout_mask.h"
#include "model/net/fused/residual.h"
#include "tests/cuda/emulated_kernels.h"
#include "tests/fused/row_checks.h"

namespace ablate::cuda {

using fused::Function;
using fused::RowDropout;
using fused::Tensors;

// Tests that run twice, the threads of a block once in either order.
class Emulated : public ::testing::TestWithParam<emulation::Order> {
 protected:
  void SetUp() override { at::manual_seed(1); }
  void TearDown() override { EXPECT_GT(launcher_.launches(), 0); }

  EmulatedLauncher launcher_{GetParam()};
  EmulationScope scope_{launcher_};
};

inline auto BothOrders() {
  return ::testing::Values(emulation::Order::kAscending, emulation::Order::kDescending);
}

inline std::string OrderName(const ::testing::TestParamInfo<emulation::Order>& test) {
  return test.param == emulation::Order::kAscending ? "ascending" : "descending";
}

// What the CPU's kernels multiply rows [..., columns] by, in float32.
inline at::Tensor CpuFactors(at::IntArrayRef sizes, const RowDropout& dropout) {
  at::Tensor factors = at::ones(sizes, at::kFloat);
  if (dropout.probability == 0) return factors;
  const int64_t columns = sizes.back(), blocks = columns / fused::kMaskBlock + 1;
  std::vector<float> row(blocks * fused::kMaskBlock);
  const auto rate = fused::DropoutRate::Of(dropout.probability);
  for (int64_t i = 0; i < factors.numel() / columns; ++i) {
    fused::MaskRow(dropout.seed, i, columns, rate, row.data());
    std::copy_n(row.data(), columns, factors.mutable_data_ptr<float>() + i * columns);
  }
  return factors;
}

inline Tensors As(at::ScalarType type, Tensors tensors) {
  for (at::Tensor& tensor : tensors) tensor = tensor.to(type);
  return tensors;
}

}  // namespace ablate::cuda

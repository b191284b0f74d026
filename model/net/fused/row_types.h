// What the kernels of rows share with those who call them; no Torch.
#pragma once

#include <cstdint>
#include <type_traits>

namespace ablate::fused {

// What sums over numbers of type Scalar are made in.
template <typename Scalar>
using SumOf = std::conditional_t<std::is_same_v<Scalar, double>, double, float>;

// A dropout: DropoutRate of dropout_mask.h, whose name differs by instruction set, and a seed.
struct RowMask {
  uint64_t seed = 0;
  uint32_t dropped = 0;  // of 65536; 0: no dropout
  float keep_scale = 1;
};

}  // namespace ablate::fused

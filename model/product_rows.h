// How many rows are multiplied at once, where that decides over speed. No Torch.
#pragma once

#include <cstdint>

namespace ablate {

inline int64_t RoundUp(int64_t number, int64_t multiple) {
  return (number + multiple - 1) / multiple * multiple;
}

// LibTorch has oneDNN multiply 16-bit numbers on a CPU, which makes code for each shape that it has
// not met lately: milliseconds, and more of them than an update of a small model computes for.
// Multiples of the height of its tiles keep the shapes few.
inline constexpr int64_t kHalfProductRows = 16;

}  // namespace ablate

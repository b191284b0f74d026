// Vectors of bfloat16 as integers, and their roundings. For units that are compiled once for each
// instruction set.
#pragma once

#include <c10/util/BFloat16.h>

#include <cstdint>
#include <cstring>

#include "model/net/fused/small_product.h"

namespace ablate::fused {
inline namespace CPU_CAPABILITY {

// Numbers of bfloat16, in the low halves.
using Halves = Vector<uint32_t>;
using PackedHalves [[gnu::vector_size(kVectorBytes / 2)]] = uint16_t;

inline Halves LoadHalves(const c10::BFloat16* from) {
  PackedHalves packed;
  std::memcpy(&packed, from, sizeof(packed));
  return __builtin_convertvector(packed, Halves);
}

inline void StoreHalves(const Halves& halves, c10::BFloat16* to) {
  const auto packed = __builtin_convertvector(halves, PackedHalves);
  std::memcpy(to, &packed, sizeof(packed));
}

inline Vector<float> Widened(const Halves& halves) { return (Vector<float>)(halves << 16); }

// To the nearest, to even where there are two. A NaN that arithmetic makes stays one.
inline Halves Rounded(const Vector<float>& wide) {
  const auto bits = (Halves)wide;
  return (bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16;
}

inline Halves LoadHalves(const float* from) { return Rounded(LoadVector(from)); }

}  // namespace CPU_CAPABILITY
}  // namespace ablate::fused

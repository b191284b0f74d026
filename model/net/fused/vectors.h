// Rows as vectors of the numbers that sums are made in. For units that are compiled once for each
// instruction set.
#pragma once

#include <ATen/cpu/vec/vec.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <type_traits>

#include "model/net/fused/dropout_mask.h"
#include "model/net/fused/row_types.h"

namespace ablate::fused {
inline namespace CPU_CAPABILITY {

using at::vec::Vectorized;

// Two vectors, which are one of bfloat16.
template <typename Sum>
struct Pair {
  static constexpr int64_t kSize = 2 * Vectorized<Sum>::size();
  static Pair Of(Sum value) { return {Vectorized<Sum>(value), Vectorized<Sum>(value)}; }

  Vectorized<Sum> low, high;
};

template <typename Sum>
inline Pair<Sum> operator+(const Pair<Sum>& a, const Pair<Sum>& b) {
  return {a.low + b.low, a.high + b.high};
}
template <typename Sum>
inline Pair<Sum> operator-(const Pair<Sum>& a, const Pair<Sum>& b) {
  return {a.low - b.low, a.high - b.high};
}
template <typename Sum>
inline Pair<Sum> operator*(const Pair<Sum>& a, const Pair<Sum>& b) {
  return {a.low * b.low, a.high * b.high};
}

// The first `count` <= Pair::kSize numbers, then zeros.
template <typename Sum, typename Scalar>
inline Pair<Sum> Load(const Scalar* from, int64_t count) {
  if constexpr (std::is_same_v<Scalar, c10::BFloat16>) {
    const auto [low, high] =
        at::vec::convert_bfloat16_float(Vectorized<c10::BFloat16>::loadu(from, count));
    return {low, high};
  } else if constexpr (std::is_same_v<Scalar, Sum>) {
    constexpr int64_t kHalf = Pair<Sum>::kSize / 2;
    if (count <= kHalf) return {Vectorized<Sum>::loadu(from, count), Vectorized<Sum>(0)};
    return {Vectorized<Sum>::loadu(from), Vectorized<Sum>::loadu(from + kHalf, count - kHalf)};
  } else {
    std::array<Sum, Pair<Sum>::kSize> wider{};
    for (int64_t i = 0; i < count; ++i) wider[i] = from[i];
    return Load<Sum>(wider.data(), Pair<Sum>::kSize);
  }
}

template <typename Sum, typename Scalar>
inline void Store(const Pair<Sum>& values, Scalar* to, int64_t count) {
  if constexpr (std::is_same_v<Scalar, c10::BFloat16>) {
    at::vec::convert_float_bfloat16(values.low, values.high).store(to, count);
  } else {
    constexpr int64_t kHalf = Pair<Sum>::kSize / 2;
    values.low.store(to, std::min(count, kHalf));
    if (count > kHalf) values.high.store(to + kHalf, count - kHalf);
  }
}

template <typename Sum>
inline void AddTo(Sum* to, const Pair<Sum>& values, int64_t count) {
  Store(Load<Sum>(to, count) + values, to, count);
}

// `values`, with zeros from the count-th on.
template <typename Sum>
inline Pair<Sum> First(int64_t count, const Pair<Sum>& values) {
  constexpr int64_t kHalf = Pair<Sum>::kSize / 2;
  if (count == Pair<Sum>::kSize) return values;
  const Vectorized<Sum> zero(0);
  return {Vectorized<Sum>::set(zero, values.low, std::min(count, kHalf)),
          Vectorized<Sum>::set(zero, values.high, std::max<int64_t>(count - kHalf, 0))};
}

template <typename Sum>
inline Sum Reduce(const Pair<Sum>& values) {
  std::array<Sum, Pair<Sum>::kSize / 2> lanes;
  (values.low + values.high).store(lanes.data());
  Sum sum = 0;
  for (const Sum lane : lanes) sum += lane;
  return sum;
}

// body(index, count) for the pairs of a row: all but the last with a count that the compiler knows.
template <typename Sum, typename Body>
[[gnu::always_inline]] inline void ForPairs(int64_t columns, Body body) {
  constexpr int64_t kStep = Pair<Sum>::kSize;
  int64_t i = 0;
  for (; i + kStep <= columns; i += kStep) body(i, std::integral_constant<int64_t, kStep>());
  if (i < columns) body(i, columns - i);
}

// What the row's elements are multiplied by, in `factors` (room: columns rounded up to
// kMaskBlock); null where nothing is dropped.
inline const float* FactorsOf(const RowMask& mask, int64_t row, int64_t columns, float* factors) {
  if (mask.dropped == 0) return nullptr;
  MaskRow(mask.seed, static_cast<uint64_t>(row), columns, {mask.dropped, mask.keep_scale}, factors);
  return factors;
}

}  // namespace CPU_CAPABILITY
}  // namespace ablate::fused

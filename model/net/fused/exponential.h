// The exponential of vectors. For units that are compiled once for each instruction set.
#pragma once

#include <cstdint>
#include <limits>
#include <numbers>
#include <type_traits>

#include "model/net/fused/small_product.h"

namespace ablate::fused {
inline namespace CPU_CAPABILITY {

// 2^f for f in [-0.5, 0.5]: minimax of degree 5, off by 8e-8; Taylor of degree 13.
template <typename Sum>
inline Vector<Sum> Exp2OfFraction(const Vector<Sum>& f) {
  if constexpr (std::is_same_v<Sum, float>) {
    return ((((0.00132764720f * f + 0.00967554133f) * f + 0.0555071327f) * f + 0.240221197f) * f +
            0.693146967f) *
               f +
           1.00000007f;
  } else {
    Vector<Sum> value = Vector<Sum>{} + 1;
    for (int i = 13; i > 0; --i) value = value * f * (std::numbers::ln2 / i) + 1;
    return value;
  }
}

// For x that are not far above 0. Below 2^kLowest it is 0.
template <typename Sum>
[[gnu::always_inline]] inline Vector<Sum> Exp2(const Vector<Sum>& x) {
  using Integer = std::conditional_t<std::is_same_v<Sum, float>, int32_t, int64_t>;
  constexpr Sum kLowest = std::numeric_limits<Sum>::min_exponent + 1;
  constexpr int kMantissa = std::numeric_limits<Sum>::digits - 1;
  const Vector<Sum> lowest = Vector<Sum>{} + kLowest;
  const Vector<Sum> y = x < lowest ? lowest : x;
  const auto whole = __builtin_convertvector(y - Sum(0.5), Vector<Integer>);
  const Vector<Sum> power = Exp2OfFraction<Sum>(y - __builtin_convertvector(whole, Vector<Sum>));
  const auto scaled = (Vector<Sum>)((Vector<Integer>)power + (whole << kMantissa));
  return x < lowest ? Vector<Sum>{} : scaled;
}

}  // namespace CPU_CAPABILITY
}  // namespace ablate::fused

#include "model/net/fused/adam_step_kernel.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "model/net/fused/capability.h"

namespace ablate::fused {
namespace {

// Elements whose gradient is summed in the first cache.
constexpr int64_t kBlock = 512;
template <typename Scalar>
using Block = std::array<Scalar, kBlock>;

template <typename Scalar>
inline Scalar Widen(uint16_t bits) {
  return static_cast<Scalar>(std::bit_cast<float>(static_cast<uint32_t>(bits) << 16));
}

// To nearest, ties to even; a NaN stays one.
inline uint16_t Narrow(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const uint32_t rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
  const bool is_nan = (bits & 0x7FFFFFFF) > 0x7F800000;
  return static_cast<uint16_t>(is_nan ? 0x7FC0 : rounded);
}

template <typename Scalar>
void Assign(const PartPointer& part, int64_t first, int64_t size, Scalar* __restrict to) {
  if (part.bfloat16) {
    const auto* __restrict from = static_cast<const uint16_t*>(part.values) + first;
    for (int64_t i = 0; i < size; ++i) to[i] = Widen<Scalar>(from[i]);
  } else {
    const auto* __restrict from = static_cast<const Scalar*>(part.values) + first;
    for (int64_t i = 0; i < size; ++i) to[i] = from[i];
  }
}

template <typename Scalar>
void Add(const PartPointer& part, int64_t first, int64_t size, Scalar* __restrict to) {
  if (part.bfloat16) {
    const auto* __restrict from = static_cast<const uint16_t*>(part.values) + first;
    for (int64_t i = 0; i < size; ++i) to[i] += Widen<Scalar>(from[i]);
  } else {
    const auto* __restrict from = static_cast<const Scalar*>(part.values) + first;
    for (int64_t i = 0; i < size; ++i) to[i] += from[i];
  }
}

// The gradient of a block: where it is, or summed in `block`.
template <typename Scalar>
const Scalar* GradientOf(const GradientPiece& gradient, int64_t first, int64_t size,
                         Block<Scalar>& block) {
  if (gradient.part_count == 0) {
    std::fill_n(block.data(), size, Scalar(0));
    return block.data();
  }
  const PartPointer& whole = gradient.parts[0];
  if (gradient.part_count == 1 && !whole.bfloat16) {
    return static_cast<const Scalar*>(whole.values) + first;
  }
  Assign(whole, first, size, block.data());
  for (int64_t part = 1; part < gradient.part_count; ++part) {
    Add(gradient.parts[part], first, size, block.data());
  }
  return block.data();
}

// body(first, size, gradient) of each block.
template <typename Scalar, typename Body>
inline void ForBlocks(const GradientPiece& gradient, Body body) {
  alignas(64) Block<Scalar> block;
  for (int64_t first = 0; first < gradient.size; first += kBlock) {
    const int64_t size = std::min(kBlock, gradient.size - first);
    body(first, size, GradientOf(gradient, first, size, block));
  }
}

template <typename Scalar>
double SquaredNormOf(const GradientPiece& gradient) {
  double sum = 0;
  if (gradient.part_count == 0) return sum;
  ForBlocks<Scalar>(gradient, [&](int64_t, int64_t size, const Scalar* __restrict values) {
    Scalar of_block = 0;
    for (int64_t i = 0; i < size; ++i) of_block += values[i] * values[i];
    sum += of_block;
  });
  return sum;
}

template <typename Scalar>
void Sum(const GradientPiece& gradient, double scale, Scalar* to) {
  const auto factor = static_cast<Scalar>(scale);
  ForBlocks<Scalar>(gradient, [&](int64_t first, int64_t size, const Scalar* __restrict values) {
    for (int64_t i = 0; i < size; ++i) to[first + i] = factor * values[i];
  });
}

template <typename Scalar>
struct Scalars {
  explicit Scalars(const AdamScalars& of)
      : gradient_scale(of.gradient_scale),
        coupled_decay(of.coupled_decay),
        keep(of.keep),
        beta1(of.beta1),
        beta2(of.beta2),
        rest1(1 - of.beta1),
        rest2(1 - of.beta2),
        step_size(of.step_size),
        inverse_root(of.inverse_root),
        epsilon(of.epsilon) {}
  Scalar gradient_scale, coupled_decay, keep, beta1, beta2, rest1, rest2, step_size, inverse_root,
      epsilon;
};

template <typename Scalar>
void StepOfBlock(int64_t size, const Scalar* __restrict gradient, const Scalars<Scalar>& scalars,
                 Scalar* __restrict parameter, Scalar* __restrict first_moment,
                 Scalar* __restrict second_moment) {
  const Scalars<Scalar> s = scalars;
  for (int64_t i = 0; i < size; ++i) {
    const Scalar g = gradient[i] * s.gradient_scale + s.coupled_decay * parameter[i];
    const Scalar m = first_moment[i] + s.rest1 * (g - first_moment[i]);
    const Scalar v = s.beta2 * second_moment[i] + s.rest2 * g * g;
    first_moment[i] = m;
    second_moment[i] = v;
    parameter[i] =
        s.keep * parameter[i] - s.step_size * m / (std::sqrt(v) * s.inverse_root + s.epsilon);
  }
}

template <typename Scalar>
void Step(const GradientPiece& gradient, const AdamPiece<Scalar>& piece,
          const AdamScalars& scalars) {
  const Scalars<Scalar> converted(scalars);
  ForBlocks<Scalar>(gradient, [&](int64_t first, int64_t size, const Scalar* values) {
    StepOfBlock(size, values, converted, piece.parameter + first, piece.first_moment + first,
                piece.second_moment + first);
    if (piece.copy == nullptr) return;
    const Scalar* __restrict from = piece.parameter + first;
    auto* __restrict to = reinterpret_cast<uint16_t*>(piece.copy + first);
    for (int64_t i = 0; i < size; ++i) to[i] = Narrow(static_cast<float>(from[i]));
  });
}

template <typename Scalar>
constexpr AdamKernelsOf<Scalar> TableOf() {
  return {.squared_norm = &SquaredNormOf<Scalar>, .sum = &Sum<Scalar>, .step = &Step<Scalar>};
}

}  // namespace

template <>
const AdamKernels& KernelsFor<AdamKernels, kThisUnit>() {
  static constexpr AdamKernels kTable{.of_float = TableOf<float>(), .of_double = TableOf<double>()};
  return kTable;
}

}  // namespace ablate::fused

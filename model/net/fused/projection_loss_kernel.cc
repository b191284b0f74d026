#include "model/net/fused/projection_loss_kernel.h"

#include <ATen/cpu/vec/functional.h>
#include <ATen/cpu/vec/vec.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <tuple>
#include <type_traits>

#include "model/net/fused/capability.h"

namespace ablate::fused {
namespace {

using at::vec::Vectorized;

// Two vectors of sums, which is one of bfloat16.
template <typename Sum>
struct Pair {
  static constexpr int64_t kSize = Vectorized<Sum>::size();
  Vectorized<Sum> low, high;
};

template <typename Sum>
inline Pair<Sum> Load(const Sum* from, int64_t count) {
  constexpr int64_t kSize = Pair<Sum>::kSize;
  if (count <= kSize) return {Vectorized<Sum>::loadu(from, count), Vectorized<Sum>(0)};
  return {Vectorized<Sum>::loadu(from), Vectorized<Sum>::loadu(from + kSize, count - kSize)};
}

inline Pair<float> Load(const c10::BFloat16* from, int64_t count) {
  const auto [low, high] =
      at::vec::convert_bfloat16_float(Vectorized<c10::BFloat16>::loadu(from, count));
  return {low, high};
}

template <typename Sum>
inline void Store(Pair<Sum> values, Sum* to, int64_t count) {
  constexpr int64_t kSize = Pair<Sum>::kSize;
  values.low.store(to, std::min(count, kSize));
  if (count > kSize) values.high.store(to + kSize, count - kSize);
}

inline void Store(Pair<float> values, c10::BFloat16* to, int64_t count) {
  at::vec::convert_float_bfloat16(values.low, values.high).store(to, count);
}

// `values` with `other` from the count-th on.
template <typename Sum>
inline Pair<Sum> First(int64_t count, Pair<Sum> values, Sum other) {
  constexpr int64_t kSize = Pair<Sum>::kSize;
  const Vectorized<Sum> rest(other);
  return {Vectorized<Sum>::set(rest, values.low, std::min(count, kSize)),
          Vectorized<Sum>::set(rest, values.high, std::max<int64_t>(count - kSize, 0))};
}

// body(index, count) over pairs: all but the last with a count that the compiler knows.
template <typename Sum, typename Body>
inline void ForPairs(int64_t size, Body body) {
  constexpr int64_t kStep = 2 * Pair<Sum>::kSize;
  int64_t i = 0;
  for (; i + kStep <= size; i += kStep) body(i, std::integral_constant<int64_t, kStep>());
  if (i < size) body(i, size - i);
}

template <typename Sum>
inline Sum Total(Vectorized<Sum> values) {
  return at::vec::vec_reduce_all<Sum>([](auto a, auto b) { return a + b; }, values);
}

template <typename Sum>
inline Sum Highest(Vectorized<Sum> values) {
  return at::vec::vec_reduce_all<Sum>([](auto a, auto b) { return at::vec::maximum(a, b); },
                                      values);
}

#if defined(CPU_CAPABILITY_AVX512)
// Of what is at most 0, in half of exp_u20's instructions: 2^r of the rest r of x log2(e) rounded,
// by a minimax polynomial (7.5e-8). The error of r grows with -x, but exp(x) falls faster. A NaN
// stays one; results end at 2^-126.
inline Vectorized<float> Exp(Vectorized<float> x) {
  constexpr float kLog2E = 1.44269504F, kSmallest = -126;
  constexpr std::array<float, 6> kTwoToThe = {1.00000012F,   0.693146944F,   0.240221202F,
                                              0.0555071309F, 0.00967554096F, 0.00132764713F};
  const __m512 power =
      _mm512_max_ps(_mm512_set1_ps(kSmallest), _mm512_mul_ps(x, _mm512_set1_ps(kLog2E)));
  const __m512 whole = _mm512_roundscale_ps(power, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  const __m512 rest = _mm512_sub_ps(power, whole);
  __m512 sum = _mm512_set1_ps(kTwoToThe[5]);
  for (int i = 4; i >= 0; --i) sum = _mm512_fmadd_ps(sum, rest, _mm512_set1_ps(kTwoToThe[i]));
  return _mm512_scalef_ps(sum, whole);
}
#else
inline Vectorized<float> Exp(Vectorized<float> x) { return x.exp_u20(); }
#endif
inline Vectorized<double> Exp(Vectorized<double> x) { return x.exp(); }

// A row falls into parts that stay in the first cache between the maximum and the exponentials;
// each has its own maximum, for which the factors make up later.
constexpr int64_t kParts = 16;
constexpr int64_t kSmallestPart = 512;

struct Parts {
  explicit Parts(int64_t vocabulary_size)
      : vocabulary(vocabulary_size),
        size(std::max(kSmallestPart, (vocabulary + kParts * 64 - 1) / (kParts * 64) * 64)),
        count((vocabulary + size - 1) / size) {}
  int64_t Begin(int64_t part) const { return part * size; }
  int64_t Size(int64_t part) const { return std::min(size, vocabulary - Begin(part)); }

  int64_t vocabulary;
  int64_t size;
  int64_t count;
};

template <typename Sum>
struct Softmax {
  std::array<Sum, kParts> factors;  // exponentials times these are probabilities
  Sum log_sum;                      // of the exponentials of the logits
  Sum logit_sum;
};

template <typename Sum>
struct PartSums {
  Sum maximum;
  Vectorized<Sum> exponentials, logits;
};

// Writes exp(logit - maximum) to `exponentials`, which may be where the logits are.
template <typename Scalar, typename Sum>
PartSums<Sum> ExponentialsOfPart(const Scalar* logits, const Sum* bias, int64_t size,
                                 Sum* exponentials) {
  constexpr Sum kLowest = -std::numeric_limits<Sum>::infinity();
  Pair<Sum> maximum{Vectorized<Sum>(kLowest), Vectorized<Sum>(kLowest)};
  Pair<Sum> total{Vectorized<Sum>(0), Vectorized<Sum>(0)};
  ForPairs<Sum>(
      size, [&](int64_t i, auto count) __attribute__((always_inline)) {
        const Pair<Sum> plain = Load(logits + i, count), offset = Load(bias + i, count);
        const Pair<Sum> logit{plain.low + offset.low, plain.high + offset.high};
        Store(logit, exponentials + i, count);
        total = {total.low + logit.low, total.high + logit.high};
        const Pair<Sum> real = First(count, logit, kLowest);
        maximum = {at::vec::maximum(maximum.low, real.low),
                   at::vec::maximum(maximum.high, real.high)};
      });
  const Sum highest = Highest(at::vec::maximum(maximum.low, maximum.high));
  const Vectorized<Sum> shift(highest);
  Pair<Sum> sum{Vectorized<Sum>(0), Vectorized<Sum>(0)};
  ForPairs<Sum>(
      size, [&](int64_t i, auto count) __attribute__((always_inline)) {
        const Pair<Sum> logit = Load(exponentials + i, count);
        const Pair<Sum> raised{Exp(logit.low - shift), Exp(logit.high - shift)};
        Store(raised, exponentials + i, count);
        const Pair<Sum> real = First(count, raised, Sum(0));
        sum = {sum.low + real.low, sum.high + real.high};
      });
  return {highest, sum.low + sum.high, total.low + total.high};
}

template <typename Scalar, typename Sum>
Softmax<Sum> SoftmaxOfRow(const Scalar* logits, const Sum* bias, const Parts& parts,
                          Sum* exponentials) {
  std::array<PartSums<Sum>, kParts> sums;
  Sum highest = -std::numeric_limits<Sum>::infinity();
  for (int64_t part = 0; part < parts.count; ++part) {
    const int64_t begin = parts.Begin(part);
    sums[part] =
        ExponentialsOfPart(logits + begin, bias + begin, parts.Size(part), exponentials + begin);
    highest = std::max(highest, sums[part].maximum);
  }
  Softmax<Sum> softmax{};
  Vectorized<Sum> exponential_sum(0), logit_sum(0);
  for (int64_t part = 0; part < parts.count; ++part) {
    softmax.factors[part] = std::exp(sums[part].maximum - highest);
    exponential_sum =
        exponential_sum + Vectorized<Sum>(softmax.factors[part]) * sums[part].exponentials;
    logit_sum = logit_sum + sums[part].logits;
  }
  const Sum sum = Total(exponential_sum);
  softmax.logit_sum = Total(logit_sum);
  for (Sum& factor : softmax.factors) factor /= sum;
  softmax.log_sum = highest + std::log(sum);
  return softmax;
}

// Gradients of `count` rows of exponentials, and their sums by column.
template <int64_t count, typename Scalar, typename Sum>
void Gradients(const LogitRows<Scalar, Sum>& rows, const Parts& parts, int64_t first,
               const std::array<Sum*, count>& exponentials,
               const std::array<Softmax<Sum>, count>& softmax) {
  const Vectorized<Sum> uniform(rows.scale * rows.label_smoothing / Sum(rows.vocabulary));
  for (int64_t part = 0; part < parts.count; ++part) {
    const int64_t begin = parts.Begin(part);
    std::array<Vectorized<Sum>, count> factors;
    for (int64_t row = 0; row < count; ++row) {
      factors[row] = Vectorized<Sum>(rows.scale * softmax[row].factors[part]);
    }
    ForPairs<Sum>(
        parts.Size(part), [&](int64_t offset, auto n) __attribute__((always_inline)) {
          const int64_t i = begin + offset;
          Pair<Sum> sums = Load(rows.column_sums + i, n);
          for (int64_t row = 0; row < count; ++row) {
            const Pair<Sum> raised = Load(exponentials[row] + i, n);
            const Pair<Sum> gradient{at::vec::fmsub(raised.low, factors[row], uniform),
                                     at::vec::fmsub(raised.high, factors[row], uniform)};
            Store(gradient, rows.logits + (first + row) * rows.stride + i, n);
            sums = {sums.low + gradient.low, sums.high + gradient.high};
          }
          Store(sums, rows.column_sums + i, n);
        });
  }
}

template <int64_t count, typename Scalar, typename Sum>
void LossOfGroup(const LogitRows<Scalar, Sum>& rows, const Parts& parts, int64_t first) {
  const Sum at_target = 1 - rows.label_smoothing;
  const Sum uniform = rows.label_smoothing / Sum(rows.vocabulary);
  std::array<Softmax<Sum>, count> softmax;
  std::array<Sum*, count> exponentials;
  std::array<Sum, count> target_gradients;
  for (int64_t row = 0; row < count; ++row) {
    Scalar* const logits = rows.logits + (first + row) * rows.stride;
    if constexpr (std::is_same_v<Scalar, Sum>) {
      exponentials[row] = logits;
    } else {
      exponentials[row] = rows.scratch + row * rows.vocabulary;
    }
    const int64_t target = rows.targets[first + row];
    const Sum logit = Sum(logits[target]) + rows.bias[target];
    softmax[row] = SoftmaxOfRow(logits, rows.bias, parts, exponentials[row]);
    rows.losses[first + row] =
        softmax[row].log_sum - at_target * logit - uniform * softmax[row].logit_sum;
    const Sum probability = exponentials[row][target] * softmax[row].factors[target / parts.size];
    target_gradients[row] = rows.scale * (probability - uniform - at_target);
  }
  if (rows.column_sums == nullptr) return;
  Gradients<count>(rows, parts, first, exponentials, softmax);
  for (int64_t row = 0; row < count; ++row) {
    const int64_t target = rows.targets[first + row];
    rows.logits[(first + row) * rows.stride + target] = Scalar(target_gradients[row]);
    rows.column_sums[target] -= rows.scale * at_target;
  }
}

template <typename Scalar, typename Sum>
void LossOfRows(const LogitRows<Scalar, Sum>& rows) {
  const Parts parts(rows.vocabulary);
  int64_t row = 0;
  for (; row + kLogitRowGroup <= rows.rows; row += kLogitRowGroup) {
    LossOfGroup<kLogitRowGroup>(rows, parts, row);
  }
  for (; row < rows.rows; ++row) LossOfGroup<1>(rows, parts, row);
}

}  // namespace

template <>
const ProjectionLossKernels& KernelsFor<ProjectionLossKernels, kThisUnit>() {
  static constexpr ProjectionLossKernels kTable{.of_float = &LossOfRows<float, float>,
                                                .of_double = &LossOfRows<double, double>,
                                                .of_bfloat16 = &LossOfRows<c10::BFloat16, float>};
  return kTable;
}

}  // namespace ablate::fused

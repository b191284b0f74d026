#include "model/net/fused/activation_kernel.h"

#include <numbers>

#include "model/net/fused/capability.h"
#include "model/net/fused/vectors.h"

namespace ablate::fused {
namespace {

inline Vectorized<float> Exp(Vectorized<float> x) { return x.exp_u20(); }
inline Vectorized<double> Exp(Vectorized<double> x) { return x.exp(); }

template <typename Sum>
inline Pair<Sum> operator/(const Pair<Sum>& a, const Pair<Sum>& b) {
  return {a.low / b.low, a.high / b.high};
}

template <typename Sum>
inline Pair<Sum> Exp(const Pair<Sum>& x) {
  return {Exp(x.low), Exp(x.high)};
}

template <typename Sum>
inline Pair<Sum> Sigmoid(const Pair<Sum>& x) {
  const Pair<Sum> one = Pair<Sum>::Of(1);
  return one / (one + Exp(Pair<Sum>::Of(0) - x));
}

template <typename Sum>
inline Pair<Sum> Erf(const Pair<Sum>& x) {
  return {x.low.erf(), x.high.erf()};
}

// The normal distribution's.
template <typename Sum>
inline Pair<Sum> Cumulative(const Pair<Sum>& x) {
  const Pair<Sum> half = Pair<Sum>::Of(0.5);
  return half + half * Erf(x * Pair<Sum>::Of(Sum(1 / std::numbers::sqrt2)));
}

template <typename Sum>
inline Pair<Sum> Density(const Pair<Sum>& x) {
  constexpr Sum kScale = std::numbers::inv_sqrtpi / std::numbers::sqrt2;
  return Pair<Sum>::Of(kScale) * Exp(Pair<Sum>::Of(Sum(-0.5)) * x * x);
}

// The arguments of a row's activation.
template <typename Scalar>
struct Row {
  using Sum = SumOf<Scalar>;
  const Scalar* hidden;
  const Sum* bias;

  Pair<Sum> operator()(int64_t i, int64_t count) const {
    return Load<Sum>(hidden + i, count) + Load<Sum>(bias + i, count);
  }
};

struct Relu {
  static constexpr int64_t kHalves = 1;
  template <typename Scalar>
  [[gnu::always_inline]] static Pair<SumOf<Scalar>> Value(const Row<Scalar>& row, int64_t i,
                                                          int64_t /*columns*/, auto count) {
    using Sum = SumOf<Scalar>;
    const Pair<Sum> x = row(i, count);
    const Vectorized<Sum> zero(0);
    return {at::vec::maximum(x.low, zero), at::vec::maximum(x.high, zero)};
  }
};

struct Gelu {
  static constexpr int64_t kHalves = 1;
  template <typename Scalar>
  [[gnu::always_inline]] static Pair<SumOf<Scalar>> Value(const Row<Scalar>& row, int64_t i,
                                                          int64_t /*columns*/, auto count) {
    const auto x = row(i, count);
    return x * Cumulative(x);
  }
  // Calls put(index, gradient) for each of the arguments.
  template <typename Scalar, typename Put>
  [[gnu::always_inline]] static void Gradient(const Row<Scalar>& row, int64_t i,
                                              int64_t /*columns*/, auto count,
                                              const Pair<SumOf<Scalar>>& d_value, Put put) {
    const auto x = row(i, count);
    put(i, d_value * (Cumulative(x) + x * Density(x)));
  }
};

struct SwiGlu {
  static constexpr int64_t kHalves = 2;
  template <typename Scalar>
  [[gnu::always_inline]] static Pair<SumOf<Scalar>> Value(const Row<Scalar>& row, int64_t i,
                                                          int64_t columns, auto count) {
    const auto gate = row(i, count);
    return gate * Sigmoid(gate) * row(i + columns, count);
  }
  template <typename Scalar, typename Put>
  [[gnu::always_inline]] static void Gradient(const Row<Scalar>& row, int64_t i, int64_t columns,
                                              auto count, const Pair<SumOf<Scalar>>& d_value,
                                              Put put) {
    using Sum = SumOf<Scalar>;
    const Pair<Sum> gate = row(i, count), sigmoid = Sigmoid(gate), silu = gate * sigmoid;
    const Pair<Sum> slope = sigmoid * (Pair<Sum>::Of(1) + gate - silu);
    put(i, d_value * row(i + columns, count) * slope);
    put(i + columns, d_value * silu);
  }
};

template <typename Function, typename Scalar>
void Forward(const ActivationForward<Scalar>& rows, int64_t first, int64_t last, float* factors) {
  using Sum = SumOf<Scalar>;
  const int64_t columns = rows.columns;
  for (int64_t row = first; row < last; ++row) {
    const float* const mask = FactorsOf(rows.mask, row, columns, factors);
    const Row<Scalar> arguments{rows.hidden + row * columns * Function::kHalves, rows.bias};
    Scalar* const result = rows.result + row * columns;
    ForPairs<Sum>(
        columns, [&](int64_t i, auto count) __attribute__((always_inline)) {
          Pair<Sum> value = Function::template Value<Scalar>(arguments, i, columns, count);
          if (mask != nullptr) value = value * Load<Sum>(mask + i, count);
          Store(value, result + i, count);
        });
  }
}

template <typename Function, typename Scalar>
void Backward(const ActivationBackward<Scalar>& rows, int64_t first, int64_t last,
              SumOf<Scalar>* d_bias, float* factors) {
  using Sum = SumOf<Scalar>;
  const int64_t columns = rows.columns;
  for (int64_t row = first; row < last; ++row) {
    const float* const mask = FactorsOf(rows.mask, row, columns, factors);
    const int64_t at = row * columns * Function::kHalves;
    const Row<Scalar> arguments{rows.kept + at, rows.bias};
    const Scalar* const d_result = rows.d_result + row * columns;
    ForPairs<Sum>(
        columns, [&](int64_t i, auto count) __attribute__((always_inline)) {
          Pair<Sum> d_value = Load<Sum>(d_result + i, count);
          if (mask != nullptr) d_value = d_value * Load<Sum>(mask + i, count);
          const auto put = [&](int64_t to, const Pair<Sum>& gradient)
              __attribute__((always_inline)) {
            Store(gradient, rows.d_hidden + at + to, count);
            AddTo(d_bias + to, gradient, count);
          };
          Function::template Gradient<Scalar>(arguments, i, columns, count, d_value, put);
        });
  }
}

// What is above zero of the result was above zero before, and has not been dropped.
template <typename Scalar>
void ReluBackward(const ActivationBackward<Scalar>& rows, int64_t first, int64_t last,
                  SumOf<Scalar>* d_bias, float* /*factors*/) {
  using Sum = SumOf<Scalar>;
  const Pair<Sum> scale = Pair<Sum>::Of(rows.mask.keep_scale);
  const Vectorized<Sum> zero(0);
  for (int64_t row = first; row < last; ++row) {
    const int64_t at = row * rows.columns;
    ForPairs<Sum>(
        rows.columns, [&](int64_t i, auto count) __attribute__((always_inline)) {
          const Pair<Sum> result = Load<Sum>(rows.kept + at + i, count);
          const Pair<Sum> d_value = Load<Sum>(rows.d_result + at + i, count) * scale;
          const Pair<Sum> gradient{
              Vectorized<Sum>::blendv(d_value.low, zero, result.low <= zero),
              Vectorized<Sum>::blendv(d_value.high, zero, result.high <= zero)};
          Store(gradient, rows.d_hidden + at + i, count);
          AddTo(d_bias + i, gradient, count);
        });
  }
}

template <typename Scalar>
constexpr ActivationKernelsOf<Scalar> Of() {
  return {.forward = {&Forward<Relu, Scalar>, &Forward<Gelu, Scalar>, &Forward<SwiGlu, Scalar>},
          .backward = {&ReluBackward<Scalar>, &Backward<Gelu, Scalar>, &Backward<SwiGlu, Scalar>}};
}

}  // namespace

template <>
const ActivationKernels& KernelsFor<ActivationKernels, kThisUnit>() {
  static constexpr ActivationKernels kTable{{Of<float>(), Of<double>(), Of<c10::BFloat16>()}};
  return kTable;
}

}  // namespace ablate::fused

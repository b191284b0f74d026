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

// The normal distribution's density and what of it lies below.
template <typename Sum>
struct Normal {
  Vectorized<Sum> density, cumulative;
};

inline Normal<double> NormalAt(Vectorized<double> x) {
  const Vectorized<double> half(0.5), root(1 / std::numbers::sqrt2);
  const Vectorized<double> scale(std::numbers::inv_sqrtpi / std::numbers::sqrt2);
  return {scale * Exp(x * x * Vectorized<double>(-0.5)), half + half * (x * root).erf()};
}

// Abramowitz and Stegun 7.1.26, as LibTorch's erf of float, here with one exponential for both.
inline Normal<float> NormalAt(Vectorized<float> x) {
  using Vector = Vectorized<float>;
  constexpr float kRoot = 1 / std::numbers::sqrt2_v<float>;
  const Vector one(1), raised = Exp(x * x * Vector(-0.5F));
  const Vector t = one / at::vec::fmadd(x.abs(), Vector(0.3275911F * kRoot), one);
  Vector series(1.061405429F / 2);
  for (const float term : {-1.453152027F, 1.421413741F, -0.284496736F, 0.254829592F}) {
    series = at::vec::fmadd(series, t, Vector(term / 2));
  }
  const Vector tail = series * t * raised;
  const Vector scale(std::numbers::inv_sqrtpi_v<float> * kRoot);
  return {scale * raised, Vector::blendv(one - tail, tail, x < Vector(0))};
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
    return {x.low * NormalAt(x.low).cumulative, x.high * NormalAt(x.high).cumulative};
  }
  // Calls put(index, gradient) for each of the arguments.
  template <typename Scalar, typename Put>
  [[gnu::always_inline]] static void Gradient(const Row<Scalar>& row, int64_t i,
                                              int64_t /*columns*/, auto count,
                                              const Pair<SumOf<Scalar>>& d_value, Put put) {
    const auto x = row(i, count);
    const auto low = NormalAt(x.low), high = NormalAt(x.high);
    put(i, {d_value.low * (low.cumulative + x.low * low.density),
            d_value.high * (high.cumulative + x.high * high.density)});
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

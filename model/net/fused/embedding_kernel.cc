#include "model/net/fused/embedding_kernel.h"

#include "model/net/fused/capability.h"
#include "model/net/fused/vectors.h"

namespace ablate::fused {
namespace {

template <typename Scalar>
void Forward(const EmbeddingForward<Scalar>& rows, int64_t first, int64_t last, float* factors) {
  using Sum = SumOf<Scalar>;
  const Pair<Sum> scale = Pair<Sum>::Of(rows.scale);
  for (int64_t row = first; row < last; ++row) {
    const float* const mask = FactorsOf(rows.mask, row, rows.columns, factors);
    const Scalar* const weight = rows.weight + rows.ids[row] * rows.columns;
    const Scalar* const position = rows.positions + rows.position_of[row] * rows.columns;
    Scalar* const result = rows.result + row * rows.columns;
    ForPairs<Sum>(
        rows.columns, [&](int64_t i, auto count) __attribute__((always_inline)) {
          Pair<Sum> value = scale * Load<Sum>(weight + i, count) + Load<Sum>(position + i, count);
          if (mask != nullptr) value = value * Load<Sum>(mask + i, count);
          Store(value, result + i, count);
        });
  }
}

// to = the token's gradient, or to + that.
template <bool add, typename Scalar, typename To>
void TakeToken(const EmbeddingBackward<Scalar>& rows, int64_t token, float* factors, To* to) {
  using Sum = SumOf<Scalar>;
  const Pair<Sum> scale = Pair<Sum>::Of(rows.scale);
  const float* const mask = FactorsOf(rows.mask, token, rows.columns, factors);
  const Scalar* const d_result = rows.d_result + token * rows.columns;
  ForPairs<Sum>(
      rows.columns, [&](int64_t i, auto count) __attribute__((always_inline)) {
        Pair<Sum> gradient = scale * Load<Sum>(d_result + i, count);
        if (mask != nullptr) gradient = gradient * Load<Sum>(mask + i, count);
        if constexpr (add) gradient = Load<Sum>(to + i, count) + gradient;
        Store(gradient, to + i, count);
      });
}

template <typename Scalar>
void SumTokens(const EmbeddingBackward<Scalar>& rows, int64_t first, int64_t last, float* factors,
               SumOf<Scalar>* sums) {
  TakeToken<false>(rows, rows.tokens[first], factors, sums);
  for (int64_t i = first + 1; i < last; ++i) TakeToken<true>(rows, rows.tokens[i], factors, sums);
}

template <typename Scalar>
void Backward(const EmbeddingBackward<Scalar>& rows, int64_t first, int64_t last,
              SumOf<Scalar>* sums, float* factors) {
  using Sum = SumOf<Scalar>;
  for (int64_t group = first; group < last; ++group) {
    const int64_t begin = rows.first_of[group], end = rows.first_of[group + 1];
    const int64_t row = rows.row_of == nullptr ? group : rows.row_of[group];
    Scalar* const d_weight = rows.d_weight + row * rows.columns;
    if (end - begin == 1) {
      TakeToken<false>(rows, rows.tokens[begin], factors, d_weight);
    } else if constexpr (std::is_same_v<Scalar, Sum>) {
      SumTokens(rows, begin, end, factors, d_weight);
    } else {
      SumTokens(rows, begin, end, factors, sums);
      ForPairs<Sum>(
          rows.columns, [&](int64_t i, auto count) __attribute__((always_inline)) {
            Store(Load<Sum>(sums + i, count), d_weight + i, count);
          });
    }
  }
}

template <typename Scalar>
constexpr EmbeddingKernelsOf<Scalar> Of() {
  return {.forward = &Forward<Scalar>, .backward = &Backward<Scalar>};
}

}  // namespace

template <>
const EmbeddingKernels& KernelsFor<EmbeddingKernels, kThisUnit>() {
  static constexpr EmbeddingKernels kTable{{Of<float>(), Of<double>(), Of<c10::BFloat16>()}};
  return kTable;
}

}  // namespace ablate::fused

#include "model/net/fused/residual_kernel.h"

#include <cmath>

#include "model/net/fused/capability.h"
#include "model/net/fused/vectors.h"

namespace ablate::fused {
namespace {

template <typename Sum>
Sum SumOfRow(const Sum* x, int64_t columns) {
  Pair<Sum> total = Pair<Sum>::Of(0);
  ForPairs<Sum>(
      columns, [&](int64_t i, auto count)
                   __attribute__((always_inline)) { total = total + Load<Sum>(x + i, count); });
  return Reduce(total);
}

// Returns the sum over the columns.
template <typename Sum, typename Branch>
Sum AddRow(const Sum* x, const Branch* branch, const Sum* bias, const float* factors,
           int64_t columns, Sum* sum) {
  Pair<Sum> total = Pair<Sum>::Of(0);
  ForPairs<Sum>(
      columns, [&](int64_t i, auto count) __attribute__((always_inline)) {
        Pair<Sum> values = Load<Sum>(branch + i, count);
        if (bias != nullptr) values = values + Load<Sum>(bias + i, count);
        if (factors != nullptr) values = values * Load<Sum>(factors + i, count);
        values = values + Load<Sum>(x + i, count);
        Store(values, sum + i, count);
        total = total + values;
      });
  return Reduce(total);
}

template <typename Sum>
struct Statistics {
  Sum mean, inverse_deviation;
};

template <typename Sum, typename Branch, typename Normed>
Statistics<Sum> NormRow(const ResidualForward<Sum, Branch, Normed>& rows, const Sum* x, Sum total,
                        Normed* normed) {
  const Sum mean = total / Sum(rows.columns);
  const Pair<Sum> shift = Pair<Sum>::Of(mean);
  Pair<Sum> squares = Pair<Sum>::Of(0);
  ForPairs<Sum>(
      rows.columns, [&](int64_t i, auto count) __attribute__((always_inline)) {
        const Pair<Sum> centred = First(count, Load<Sum>(x + i, count) - shift);
        squares = squares + centred * centred;
      });
  const Sum variance = Reduce(squares) / Sum(rows.columns);
  const Sum inverse_deviation = 1 / std::sqrt(variance + rows.epsilon);
  const Pair<Sum> scale = Pair<Sum>::Of(inverse_deviation);
  ForPairs<Sum>(
      rows.columns, [&](int64_t i, auto count) __attribute__((always_inline)) {
        const Pair<Sum> unit = (Load<Sum>(x + i, count) - shift) * scale;
        Store(unit * Load<Sum>(rows.gain + i, count) + Load<Sum>(rows.norm_bias + i, count),
              normed + i, count);
      });
  return {mean, inverse_deviation};
}

template <typename Sum, typename Branch, typename Normed>
void Forward(const ResidualForward<Sum, Branch, Normed>& rows, int64_t first, int64_t last,
             float* factors) {
  for (int64_t row = first; row < last; ++row) {
    const int64_t at = row * rows.columns;
    const Sum* x = rows.x + at;
    Sum total = 0;
    if (rows.branch != nullptr) {
      const float* const mask = FactorsOf(rows.mask, row, rows.columns, factors);
      total = AddRow(x, rows.branch + at, rows.bias, mask, rows.columns, rows.sum + at);
      x = rows.sum + at;
    } else {
      total = SumOfRow(x, rows.columns);
    }
    if (rows.normed == nullptr) continue;
    const Statistics<Sum> statistics = NormRow(rows, x, total, rows.normed + at);
    if (rows.statistics == nullptr) continue;
    rows.statistics[2 * row] = statistics.mean;
    rows.statistics[2 * row + 1] = statistics.inverse_deviation;
  }
}

// Everything of a row that takes the sum's gradient, which is what `gradient` returns of a pair.
template <typename Sum, typename Branch, typename Normed, typename Gradient>
[[gnu::always_inline]] inline void EndRow(const ResidualBackward<Sum, Branch, Normed>& rows,
                                          int64_t at, const float* factors, Sum* d_bias,
                                          Gradient gradient) {
  ForPairs<Sum>(
      rows.columns, [&](int64_t i, auto count) __attribute__((always_inline)) {
        Pair<Sum> values = gradient(i, count);
        if (rows.d_x != nullptr) Store(values, rows.d_x + at + i, count);
        if (factors != nullptr) values = values * Load<Sum>(factors + i, count);
        if (rows.d_branch != nullptr) Store(values, rows.d_branch + at + i, count);
        if (d_bias != nullptr) AddTo(d_bias + i, values, count);
      });
}

template <typename Sum, typename Branch, typename Normed>
void NormBackwardRow(const ResidualBackward<Sum, Branch, Normed>& rows, int64_t row,
                     const float* factors, const ResidualColumnSums<Sum>& sums) {
  const int64_t at = row * rows.columns;
  const Sum* const x = rows.normed_from + at;
  const Normed* const d_normed = rows.d_normed + at;
  const Pair<Sum> shift = Pair<Sum>::Of(rows.statistics[2 * row]);
  const Pair<Sum> scale = Pair<Sum>::Of(rows.statistics[2 * row + 1]);
  Pair<Sum> total = Pair<Sum>::Of(0), products = Pair<Sum>::Of(0);
  ForPairs<Sum>(
      rows.columns, [&](int64_t i, auto count) __attribute__((always_inline)) {
        const Pair<Sum> unit = (Load<Sum>(x + i, count) - shift) * scale;
        const Pair<Sum> d_unit = Load<Sum>(d_normed + i, count) * Load<Sum>(rows.gain + i, count);
        total = total + d_unit;
        products = products + d_unit * unit;
      });
  const Pair<Sum> mean = Pair<Sum>::Of(Reduce(total) / Sum(rows.columns));
  const Pair<Sum> slope = Pair<Sum>::Of(Reduce(products) / Sum(rows.columns));
  EndRow(
      rows, at, factors, sums.d_bias, [&](int64_t i, auto count) __attribute__((always_inline)) {
        const Pair<Sum> unit = (Load<Sum>(x + i, count) - shift) * scale;
        const Pair<Sum> gradient = Load<Sum>(d_normed + i, count);
        if (sums.d_gain != nullptr) AddTo(sums.d_gain + i, gradient * unit, count);
        if (sums.d_norm_bias != nullptr) AddTo(sums.d_norm_bias + i, gradient, count);
        const Pair<Sum> d_unit = gradient * Load<Sum>(rows.gain + i, count);
        const Pair<Sum> d_x = (d_unit - mean - unit * slope) * scale;
        return rows.d_sum == nullptr ? d_x : d_x + Load<Sum>(rows.d_sum + at + i, count);
      });
}

template <typename Sum, typename Branch, typename Normed>
void Backward(const ResidualBackward<Sum, Branch, Normed>& rows, int64_t first, int64_t last,
              const ResidualColumnSums<Sum>& sums, float* factors) {
  const bool masked = rows.d_branch != nullptr || sums.d_bias != nullptr;
  for (int64_t row = first; row < last; ++row) {
    const float* const mask = masked ? FactorsOf(rows.mask, row, rows.columns, factors) : nullptr;
    if (rows.d_normed != nullptr) {
      NormBackwardRow(rows, row, mask, sums);
      continue;
    }
    const int64_t at = row * rows.columns;
    EndRow(
        rows, at, mask, sums.d_bias, [&](int64_t i, auto count) __attribute__((always_inline)) {
          return Load<Sum>(rows.d_sum + at + i, count);
        });
  }
}

template <typename Sum, typename Branch, typename Normed>
constexpr ResidualKernelsOf<Sum, Branch, Normed> Of() {
  return {.forward = &Forward<Sum, Branch, Normed>, .backward = &Backward<Sum, Branch, Normed>};
}

}  // namespace

template <>
const ResidualKernels& KernelsFor<ResidualKernels, kThisUnit>() {
  using c10::BFloat16;
  static constexpr ResidualKernels kTable{
      {Of<double, double, double>(), Of<float, float, float>(), Of<float, float, BFloat16>(),
       Of<float, BFloat16, float>(), Of<float, BFloat16, BFloat16>()}};
  return kTable;
}

}  // namespace ablate::fused

#include "model/net/fused/half_loss_kernel.h"

#if defined(CPU_CAPABILITY_AVX512)
#include <immintrin.h>
#endif

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "model/net/fused/capability.h"
#include "model/net/fused/exponential.h"
#include "model/net/fused/halves.h"
#include "model/net/fused/pairing_kernel.h"
#include "model/net/fused/small_product.h"

namespace ablate::fused {
namespace {

using c10::BFloat16;

constexpr int64_t kSize = kVectorSize<float>;
static_assert(kPairedSide % kSize == 0);
constexpr float kNone = -std::numeric_limits<float>::infinity();

// exp(x) of x that are at most 0; what is below 2^-126 may be that, or 0.
inline Vector<float> Exp(const Vector<float>& x) {
  constexpr float kSmallest = -126;
  Vector<float> power = x * std::numbers::log2e_v<float>;
  power = power < kSmallest ? Vector<float>{} + kSmallest : power;
#if defined(CPU_CAPABILITY_AVX512)
  const Vector<float> whole =
      _mm512_roundscale_ps(power, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  return _mm512_scalef_ps(Exp2OfFraction<float>(power - whole), whole);
#else
  return Exp2<float>(power);
#endif
}

inline Vector<float> Larger(const Vector<float>& a, const Vector<float>& b) {
  return a > b ? a : b;
}

inline float Sum(const Vector<float>& vector) {
  return Fold<float>(vector, [](const auto& a, const auto& b) { return a + b; });
}

struct Logits {
  float maximum, sum;
};

// Adds the bias of the real columns, in place, and makes the others' logits kNone.
inline Logits AddBias(float* logits, const float* bias, int64_t real, int64_t columns) {
  Vector<float> maximum = Vector<float>{} + kNone, sum{};
  const int64_t whole = real / kSize * kSize;
  for (int64_t i = 0; i < whole; i += kSize) {
    const Vector<float> logit = LoadVector(logits + i) + LoadVector(bias + i);
    StoreVector(logit, logits + i);
    sum += logit;
    maximum = Larger(maximum, logit);
  }
  Logits all{Fold<float>(maximum, Larger), Sum(sum)};
  for (int64_t i = whole; i < real; ++i) {
    logits[i] += bias[i];
    all.maximum = std::max(all.maximum, logits[i]);
    all.sum += logits[i];
  }
  std::fill(logits + real, logits + columns, kNone);
  return all;
}

// Returns their sum.
inline float Raise(const float* logits, float maximum, int64_t columns, BFloat16* exponentials) {
  Vector<float> sum{};
  for (int64_t i = 0; i < columns; i += kSize) {
    const Vector<float> raised = Exp(LoadVector(logits + i) - maximum);
    sum += raised;
    StoreHalves(Rounded(raised), exponentials + i);
  }
  return Sum(sum);
}

void Exponentials(const LogitPanel& panel) {
  for (int64_t row = 0; row < panel.rows; ++row) {
    float* const logits = panel.product + row * panel.stride;
    const Logits all = AddBias(logits, panel.bias, panel.real, panel.columns);
    const int64_t target = panel.targets[row] - panel.first;
    if (target >= 0 && target < panel.real) panel.target_logits[row] = logits[target];
    const int64_t at = row * panel.statistics_stride;
    panel.maxima[at] = all.maximum;
    panel.logit_sums[at] = all.sum;
    panel.sums[at] =
        Raise(logits, all.maximum, panel.columns, panel.exponentials + row * panel.columns);
  }
}

void Losses(const LossRows& rows) {
  const float at_target = 1 - rows.label_smoothing;
  const float uniform = rows.label_smoothing / static_cast<float>(rows.vocabulary);
  for (int64_t row = 0; row < rows.rows; ++row) {
    float* const maxima = rows.maxima + row * rows.panels;
    const float* const sums = rows.sums + row * rows.panels;
    const float highest = *std::max_element(maxima, maxima + rows.panels);
    float sum = 0, logit_sum = 0;
    for (int64_t panel = 0; panel < rows.panels; ++panel) {
      maxima[panel] = std::exp(maxima[panel] - highest);
      sum += sums[panel] * maxima[panel];
      logit_sum += rows.logit_sums[row * rows.panels + panel];
    }
    for (int64_t panel = 0; panel < rows.panels; ++panel) maxima[panel] *= rows.scale / sum;
    const float log_sum = std::log(sum), logit = rows.target_logits[row] - highest;
    rows.losses[row] = log_sum - at_target * logit +
                       uniform * (highest * static_cast<float>(rows.vocabulary) - logit_sum);
    rows.target_gradients[row] = rows.scale * (std::exp(logit - log_sum) - uniform - at_target);
  }
}

void Gradients(const GradientPanel& panel) {
  for (int64_t row = 0; row < panel.rows; ++row) {
    BFloat16* const numbers = panel.numbers + row * panel.columns;
    const float factor = panel.factors[row * panel.factors_stride];
    for (int64_t i = 0; i < panel.columns; i += kSize) {
      const Vector<float> exponentials = Widened(LoadHalves(numbers + i));
      StoreHalves(Rounded(exponentials * factor - panel.uniform), numbers + i);
    }
    std::fill(numbers + panel.real, numbers + panel.columns, BFloat16(0));
    const int64_t target = panel.targets[row] - panel.first;
    if (target >= 0 && target < panel.real) {
      numbers[target] = BFloat16(panel.target_gradients[row]);
    }
  }
}

}  // namespace

template <>
const HalfLossKernels& KernelsFor<HalfLossKernels, kThisUnit>() {
  static constexpr HalfLossKernels kTable{
      .exponentials = &Exponentials, .losses = &Losses, .gradients = &Gradients};
  return kTable;
}

}  // namespace ablate::fused

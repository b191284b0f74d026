#include "harness/report/equivalence.h"

#include <algorithm>
#include <cmath>

namespace ablate {
namespace {

// The larger p value of the two one-sided tests.
double TwoOneSidedP(const Interval& logarithm, size_t n, const Spread& spread, double bound) {
  const double error = spread.deviation / std::sqrt(static_cast<double>(n));
  const double nearest = bound - std::abs(logarithm.mean);
  return StudentTCdf(-nearest / error, spread.degrees);
}

Equivalence Verdict(const Interval& logarithm, double bound) {
  if (*logarithm.low > -bound && *logarithm.high < bound) return Equivalence::kEquivalent;
  if (*logarithm.low > bound || *logarithm.high < -bound) return Equivalence::kDifferent;
  return Equivalence::kInconclusive;
}

// Of values without variance, by what was seen alone.
Equivalence VerdictWithoutVariance(std::span<const double> log_ratios, double bound) {
  constexpr size_t kRepeated = 3;
  if (log_ratios.size() < 2) return Equivalence::kInconclusive;
  if (std::ranges::all_of(log_ratios, [](double log) { return log == 0; }))
    return Equivalence::kEquivalent;
  const bool outside = std::abs(log_ratios[0]) > bound;
  return outside && log_ratios.size() >= kRepeated ? Equivalence::kDifferent
                                                   : Equivalence::kInconclusive;
}

}  // namespace

EquivalenceTest TestEquivalence(std::span<const double> log_ratios, double margin) {
  constexpr double kTwiceOneSided = 0.9;  // 5% on each side
  const double bound = std::log1p(margin);
  const Interval logarithm = MeanInterval(log_ratios, kTwiceOneSided);
  const auto spread = SpreadOf(log_ratios);
  if (!spread || IsZero(*spread, logarithm.mean)) {
    return {
        Interval{std::exp(logarithm.mean), {}, {}}, {}, VerdictWithoutVariance(log_ratios, bound)};
  }
  return {Exp(logarithm), TwoOneSidedP(logarithm, log_ratios.size(), *spread, bound),
          Verdict(logarithm, bound)};
}

}  // namespace ablate

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

}  // namespace

EquivalenceTest TestEquivalence(std::span<const double> log_ratios, double margin) {
  constexpr double kTwiceOneSided = 0.9;  // 5% on each side
  const double bound = std::log1p(margin);
  const Interval logarithm = MeanInterval(log_ratios, kTwiceOneSided);
  const auto spread = SpreadOf(log_ratios);
  if (!spread || IsZero(*spread, logarithm.mean)) {
    const bool equal = std::ranges::all_of(log_ratios, [](double log) { return log == 0; });
    return {Interval{std::exp(logarithm.mean), {}, {}},
            {},
            spread && equal ? Equivalence::kEquivalent : Equivalence::kInconclusive};
  }
  return {Exp(logarithm), TwoOneSidedP(logarithm, log_ratios.size(), *spread, bound),
          Verdict(logarithm, bound)};
}

}  // namespace ablate

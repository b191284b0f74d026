// Whether a ratio is as good as one: absence of a difference shown, not merely no difference found.
#pragma once

#include <optional>
#include <span>

#include "harness/report/statistics.h"

namespace ablate {

enum class Equivalence { kEquivalent, kDifferent, kInconclusive };

struct EquivalenceTest {
  Interval ratio;           // geometric mean; 90% limits, absent without two values or variance
  std::optional<double> p;  // of not being equivalent; absent where the limits are
  Equivalence verdict = Equivalence::kInconclusive;
};

// Two one-sided t tests at 5% (Schuirmann 1987) that the ratio lies between 1 / (1 + margin) and
// 1 + margin; `margin` > 0 (0.05 for 5%), `log_ratios` one a seed, not empty. Equivalent: the 90%
// interval lies inside the margin. Different: wholly outside. Inconclusive: neither, or one seed.
//
// Values without variance measure no doubt, so no interval is made of them: two seeds whose counts,
// rounded to whole batches, give the same ratio would else decide with certainty. They are
// equivalent where there are two and each ratio is exactly 1, which is equality seen and no
// inference; different where there are three or more and they lie outside the margin, since no
// rounding is so large; else inconclusive.
EquivalenceTest TestEquivalence(std::span<const double> log_ratios, double margin);

}  // namespace ablate

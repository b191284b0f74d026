// Whether a ratio is as good as one: absence of a difference shown, not merely no difference found.
#pragma once

#include <optional>
#include <span>

#include "harness/report/statistics.h"

namespace ablate {

enum class Equivalence { kEquivalent, kDifferent, kInconclusive };

struct EquivalenceTest {
  Interval ratio;           // geometric mean, 90% limits
  std::optional<double> p;  // of not being equivalent; absent without two values or variance
  Equivalence verdict = Equivalence::kInconclusive;
};

// Two one-sided t tests at 5% (Schuirmann 1987) that the ratio lies between 1 / (1 + margin) and
// 1 + margin; `margin` > 0 (0.05 for 5%), `log_ratios` one a seed, not empty. Equivalent: the 90%
// interval lies inside the margin. Different: wholly outside. Inconclusive: neither, or one seed.
EquivalenceTest TestEquivalence(std::span<const double> log_ratios, double margin);

}  // namespace ablate

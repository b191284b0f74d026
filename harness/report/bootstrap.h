// An interval that asks nothing of the shape of the distribution, where there are seeds enough.
#pragma once

#include <optional>
#include <span>

#include "harness/report/statistics.h"

namespace ablate {

inline constexpr size_t kMinBootstrapValues = 10;

// The mean with percentile limits over 10,000 resamples of the values (Efron 1979), one value a
// seed; beyond 200 seeds over fewer, 1,000 at least. The same values give the same limits on every
// machine. Absent for fewer than
// kMinBootstrapValues, where resampling is too narrow.
std::optional<Interval> BootstrapInterval(std::span<const double> values,
                                          double confidence = kConfidence);

}  // namespace ablate

// What a design can show before it is run.
#pragma once

#include <cstdint>
#include <optional>

namespace ablate {

// The chance that Student's two-sided t test of a mean at level `alpha` finds a true mean of
// `effect` standard deviations with n >= 2 values: the tails of the noncentral t distribution.
double TTestPower(double effect, int64_t n, double alpha = 0.05);

// The smallest true ratio (above one; its inverse likewise) that a contrast with one value a seed
// finds with probability `power`: `deviation` is the standard deviation between seeds of its
// logarithm, as SpreadOf gives. Absent for fewer than two seeds. With several comparisons pass
// alpha = 1 - BonferroniConfidence(…), the first step of Holm.
std::optional<double> MinimumDetectableRatio(double deviation, int64_t seeds, double power = 0.8,
                                             double alpha = 0.05);

}  // namespace ablate

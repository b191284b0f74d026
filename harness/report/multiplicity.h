// Many claims at once: what each must pay so that the family of them keeps its level.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace ablate {

// Holm's step-down adjusted p values (Holm 1979), in the order given: under them, the chance of any
// false claim in the family stays below the level, however the tests depend on each other. Absent
// values are no tests: they stay absent and cost nothing.
std::vector<std::optional<double>> HolmAdjusted(std::span<const std::optional<double>> p_values);

// The confidence of each of `comparisons` intervals with which all cover at once with `family`:
// Sidak's, exact for independent intervals and at least `family` for Student's t on normal values
// (Sidak 1967).
double SidakConfidence(int64_t comparisons, double family = 0.95);
// Bonferroni's, a little wider and true of any intervals.
double BonferroniConfidence(int64_t comparisons, double family = 0.95);

}  // namespace ablate

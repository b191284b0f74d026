// What each of several changes made together contributes to what they do (Shapley 1953).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace ablate {

// The value of a subset of factors, bit i for factor i: the log speed-up over the baseline of the
// cell with these factors at the levels of the cell to be explained and all others at the
// baseline's. Absent where that cell is missing.
using SubsetValue = std::function<std::optional<double>(uint32_t subset)>;

inline constexpr size_t kMaxShapleyFactors = 20;

// The mean over all orders of changing one factor after the other of what each change adds; exact,
// by all 2^factors subsets. They sum to the value of all less the value of none. Absent where a
// subset has no value, and beyond kMaxShapleyFactors. A factor whose level does not change gets
// zero; leaving it out changes nothing for the others.
std::optional<std::vector<double>> ShapleyValues(size_t factors, const SubsetValue& value);

}  // namespace ablate

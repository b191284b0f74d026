// The combinations of levels that a design asks for.
#pragma once

#include <vector>

#include "harness/plan/suite.h"

namespace ablate {

using Combination = std::vector<size_t>;  // a level's index, a factor

// At most so many cells, and so many runs, can be planned.
inline constexpr size_t kMostCells = 100'000;
inline constexpr size_t kMostRuns = 1'000'000;

// Without duplicates, the last factor fastest; the baseline is always among them. Throws Error,
// without position, where there are too many.
std::vector<Combination> Expand(const Suite& suite);

Combination BaselineOf(const Suite& suite);

}  // namespace ablate

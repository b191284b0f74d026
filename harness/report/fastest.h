// The answer: which cell is fastest, by how much, and what can't be told from it.
#pragma once

#include <cstdint>
#include <optional>

#include "harness/report/cell_grid.h"
#include "harness/report/contrasts.h"
#include "harness/report/summary.h"

namespace ablate {

// The fastest by its mean among the cells that reached the target in every seed that is planned and
// has a record: one whose run of a seed failed or is missing may owe its mean to the seeds that it
// has. None where there is no such cell.
//
// The best of many is flattered by chance: the limits of its speed-up over the baseline, and the
// intervals by which others are told from it, hold for all cells that have a time at once (Sidak).
// Another cell is told from it by Student's interval of their ratios; where its runs stopped before
// the target, in the seeds that both have, by a sign test: in all of S seeds it had trained for
// longer than the fastest took, and 2^-S is at most half of what the adjusted confidence leaves to
// chance. Reads cells, seeds and baseline.
std::optional<Fastest> FindFastest(const Evidence& evidence);

// How many seeds that sign test needs at least, where the fastest is compared with so many cells.
int64_t SignTestSeeds(int64_t comparisons);

// Shapley values of the factors in which the fastest cell differs from the baseline, each seed by
// itself and then averaged, so that they sum to the speed-up; limits by Student's t over seeds.
// None, and the reason, where a cell that they need did not reach the target in every seed.
// Reads `fastest`.
Shares ComputeShares(const Suite& suite, const CellGrid& grid, const Evidence& evidence);

}  // namespace ablate

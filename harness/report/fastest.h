// The answer: which cell is fastest, by how much, and what can't be told from it.
#pragma once

#include <cstdint>
#include <optional>

#include "harness/report/cell_grid.h"
#include "harness/report/contrasts.h"
#include "harness/report/summary.h"

namespace ablate {

// The fastest by its mean among the cells that reached the target in every ranked seed: one whose
// run of a seed failed or is missing may owe its mean to the seeds that it has. None where there is
// no such cell. `evidence` holds the runs of the ranked seeds alone, for both functions here.
//
// The best of many is flattered by chance: the limits of its speed-up over the baseline, and the
// intervals by which others are told from it, hold for all cells that have a time at once (Sidak).
// Another cell is told from it by Student's interval of their ratios, in the seeds that both have.
// Where its runs stopped before the target, each ratio is at most the true one, so that the lower
// limit of their mean is one of the true mean's, too. Reads cells, seeds and baseline.
std::optional<Fastest> FindFastest(const Evidence& evidence);

// Shapley values of the factors in which the fastest cell differs from the baseline, each seed by
// itself and then averaged, so that they sum to the speed-up; limits by Student's t over seeds.
// None, and the reason, where a cell that they need did not reach the target in every seed.
// Reads `fastest`.
Shares ComputeShares(const Suite& suite, const CellGrid& grid, const Evidence& evidence);

}  // namespace ablate

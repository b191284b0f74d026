// How many runs of each level reached the target by when, stopped runs among them.
#pragma once

#include <vector>

#include "harness/report/cell_grid.h"
#include "harness/report/contrasts.h"
#include "harness/report/summary.h"

namespace ablate {

// For each factor, the curves of its levels over seconds and over examples, of the runs in those
// settings of the other factors in which the design has every level, so that levels are compared on
// equal terms. A run that diverged counts as one that never reaches; failed ones are left out.
std::vector<LevelCurve> ComputeLevelCurves(const Suite& suite, const CellGrid& grid,
                                           const Evidence& evidence);

}  // namespace ablate

// Which factors and pairs of factors matter at all, by least squares over the runs.
#pragma once

#include <vector>

#include "harness/report/cell_grid.h"
#include "harness/report/contrasts.h"
#include "harness/report/summary.h"

namespace ablate {

// For every compared response the F test of each term (least_squares.h): main effects, and in a
// factorial design two-factor interactions. None with one seed; none for a response of the target
// where a run did not reach it, since leaving such runs out would flatter the slow cells.
std::vector<FTest> ComputeFTests(const Suite& suite, const CellGrid& grid,
                                 const Evidence& evidence);

}  // namespace ablate

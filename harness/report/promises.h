// Levels that must not change what is learned, held to it.
#pragma once

#include <vector>

#include "harness/report/cell_grid.h"
#include "harness/report/contrasts.h"
#include "harness/report/results_reader.h"
#include "harness/report/summary.h"

namespace ablate {

// Padding, `dynamic` against `static`: as many examples to the target, by equivalence.h with the
// suite's margin; in all settings of the other factors where each has a value, else with all others
// at the baseline. Loading and checkpointing: the same curves as with the baseline's level, seed by
// seed, in every column but the clock's: losses, gradient norms, loss scale, what was counted.
// Curves that differ on a device where sums may be done in another order decide nothing. Reads the
// results' suite, curves and environment.
std::vector<EquivalenceCheck> CheckPromises(const Results& results, const CellGrid& grid,
                                            const Evidence& evidence);

}  // namespace ablate

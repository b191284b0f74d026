// What each level of a factor does, against the factor's baseline level.
#pragma once

#include <vector>

#include "harness/plan/suite.h"
#include "harness/report/contrasts.h"
#include "harness/report/summary.h"

namespace ablate {

// For every compared response, factor and level: the simple effect, where the cell that differs
// from the baseline in this level alone exists, and the marginal one, where there are other pairs
// of cells that differ in it alone. Effects that no run speaks of are left out.
std::vector<Effect> ComputeEffects(const Suite& suite, const Summary& summary,
                                   const RunTable& runs);

}  // namespace ablate

// A plan as `ablate plan` prints it.
#pragma once

#include <string>

#include "harness/plan/plan.h"

namespace ablate {

// Cells, runs, design, seeds, levels, excluded cells with their reasons, what stays fixed, the
// order of the first runs, and what the design cannot support. Of a large plan, the counts and the
// first cells and runs.
std::string DescribePlan(const Suite& suite, const Plan& plan);

}  // namespace ablate

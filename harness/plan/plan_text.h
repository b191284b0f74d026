// A plan as `ablate plan` prints it.
#pragma once

#include <string>

#include "harness/plan/plan.h"

namespace ablate {

// Cells, runs, design, seeds, levels, excluded cells with their reasons, what stays fixed, and the
// order of the first runs. Of a large plan, the counts and the first cells and runs.
std::string DescribePlan(const Suite& suite, const Plan& plan);

}  // namespace ablate

// What a design cannot support, however its runs come out.
#pragma once

#include <string>
#include <vector>

#include "harness/plan/plan.h"
#include "harness/plan/suite.h"

namespace ablate {

// A sentence each: one seed, a design without marginal effects or interactions, a factor of one
// level, effects that need an excluded cell. Empty for a full design.
std::vector<std::string> UnsupportedClaims(const Suite& suite, const Plan& plan);

}  // namespace ablate

// What a design cannot support, however its runs come out.
#pragma once

#include <string>
#include <vector>

#include "harness/plan/plan.h"
#include "harness/plan/suite.h"

namespace ablate {

// A sentence each: one seed, a design without marginal effects or interactions, a factor of one
// level, effects that need an excluded cell, cells that train the same. Empty for a full design.
std::vector<std::string> UnsupportedClaims(const Suite& suite, const Plan& plan);

// Cells that train one recipe under several names, as `cycle` does with as many parameter sets as
// layers and `none`: "baseline and cycle; dynamic and dynamic + cycle". The first few of many.
// Empty where there are none.
std::string CellsOfOneRecipe(const Suite& suite, const Plan& plan);

}  // namespace ablate

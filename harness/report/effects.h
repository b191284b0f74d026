// What each level of a factor does, against the factor's baseline level, and how levels of two
// factors work together.
#pragma once

#include <string>
#include <vector>

#include "harness/plan/suite.h"
#include "harness/report/cell_grid.h"
#include "harness/report/contrasts.h"
#include "harness/report/summary.h"

namespace ablate {

// For every compared response, factor and level: the simple effect, where the design has the cell
// that differs from the baseline in this level alone, and the marginal one, where it has other
// pairs of cells that differ in it alone; null, and its excluded cells named, where the design
// excludes what it needs. Responses that no run speaks of are left out. Holm's families: the
// marginal effects of a response, and its simple ones.
std::vector<Effect> ComputeEffects(const Suite& suite, const CellGrid& grid,
                                   const Evidence& evidence);

// For every compared response and two levels of different factors, where the design combines them.
// Holm's families: the interactions of a response.
std::vector<Interaction> ComputeInteractions(const Suite& suite, const CellGrid& grid,
                                             const Evidence& evidence);

// One effect a level: the average over the other factors where it has a value, else the simple one.
std::vector<const Effect*> MainEffects(const Summary& summary, const std::string& response);
// The effect of the same level and kind on another response; nullptr where there is none.
const Effect* FindEffect(const Summary& summary, const Effect& like, const std::string& response);

}  // namespace ablate

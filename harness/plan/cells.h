// Suite -> cells, checked, without their ids.
#pragma once

#include <memory>
#include <vector>

#include "harness/plan/plan.h"
#include "harness/plan/suite.h"

namespace ablate {

// In the order of the design. Throws Error where the settings of a cell that is run contradict each
// other, naming the path in the suite.
std::vector<Cell> MakeCells(const std::shared_ptr<const Suite>& suite);

}  // namespace ablate

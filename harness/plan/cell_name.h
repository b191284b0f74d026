// How cells are called where people read of them. Records know them by the names of all their
// factors, which a suite of many factors makes longer than a line.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "harness/plan/suite.h"

namespace ablate {

// Factor and label, in the order of the matrix.
using FactorLabels = std::vector<std::pair<std::string, std::string>>;

// True where every factor has the baseline's level.
bool IsBaseline(const Suite& suite, const FactorLabels& factors);

// A cell by what differs from the baseline: "dynamic + amp", "d_ff=128"; "baseline" for itself. In
// a design of one factor at a time there is room to name the factor: "padding=dynamic".
std::string ShortName(const Suite& suite, const FactorLabels& factors);

// By all factors, as its record has it, where the design combines them; else by what differs.
std::string DisplayName(const Suite& suite, const FactorLabels& factors);

}  // namespace ablate

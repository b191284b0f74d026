// What the time an example takes is made of.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "harness/report/summary.h"

namespace ablate {

struct PhaseTime {
  std::string name;  // one of PhaseNames()
  double seconds_per_example = 0;
};

// load, h2d, forward, backward, optimizer, and "rest": what of the training clock no phase claims.
std::span<const char* const> PhaseNames();
size_t PlaceOf(const std::string& name);  // in PhaseNames(); `name` must be one

// The cell's phases that are known, and the rest where the time an example takes is known; empty
// where no phase is.
std::vector<PhaseTime> PhasesOf(const CellSummary& cell);

}  // namespace ablate

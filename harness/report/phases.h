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
// Last kEvaluatePhase, which stops that clock.
std::span<const char* const> PhaseNames();
inline constexpr const char* kEvaluatePhase = "evaluate (clock stopped)";
size_t PlaceOf(const std::string& name);  // in PhaseNames(); `name` must be one

// The cell's phases that are known, the rest where the time an example takes is known, and
// evaluation where there was some; empty where no phase of training is known.
std::vector<PhaseTime> PhasesOf(const CellSummary& cell);

}  // namespace ablate

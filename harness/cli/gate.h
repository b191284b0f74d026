// What the commands that judge a change have in common.
#pragma once

#include <string>

#include "harness/report/comparison.h"

namespace ablate {

// "5%" or "0.05" -> 0.05. Throws Error, naming --max-regression.
double ParseShare(const std::string& text);

// kDone, kRegression or kInconclusive.
int ExitCodeOf(GateVerdict verdict);

}  // namespace ablate

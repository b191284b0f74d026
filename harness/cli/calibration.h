// How long a run takes, from a short one.
#pragma once

#include "harness/plan/suite.h"

namespace ablate {

// Trains the suite's baseline with its first seed for a few seconds, and keeps no result. Returns
// the seconds that a run of it takes at most, to target.max_epochs or max_seconds; translations for
// BLEU are not counted. Throws Error where it cannot train.
double CalibratedRun(const Suite& suite);

}  // namespace ablate

// ema: an exponential moving average of the parameters, which is evaluated in place of them.
#pragma once

#include "techniques/technique.h"

namespace ablate {

// off  the parameters themselves are evaluated.
// on   their average is: each update moves it a fraction 1 - decay of the way to the parameters;
//      with `warmup` early updates move it further, so that it forgets the start sooner.
//
// Training itself, and so the training loss, stays as it is. Polyak and Juditsky, "Acceleration of
// Stochastic Approximation by Averaging" (1992).
const Technique& EmaTechnique();

}  // namespace ablate

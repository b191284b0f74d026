// accumulation: in how many pieces an update is computed, one after the other.
#pragma once

#include "techniques/technique.h"

namespace ablate {

// none           an update is one forward and backward pass over its whole batch.
// micro_batches  `count` of them, each over a part of it, whose gradients are summed.
const Technique& AccumulationTechnique();

}  // namespace ablate

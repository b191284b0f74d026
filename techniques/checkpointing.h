// checkpointing: which layers keep no activations for the backward pass, and are run again in it.
#pragma once

#include "techniques/technique.h"

namespace ablate {

// none    every layer keeps its activations.
// layers  the first of every `every` layers of encoder and decoder keeps its inputs alone. Chen et
//         al., "Training Deep Nets with Sublinear Memory Cost" (2016).
const Technique& CheckpointingTechnique();

// Whether the layer at `depth` of its stack is recomputed.
bool IsRecomputed(const Checkpointing& checkpointing, int64_t depth);

}  // namespace ablate

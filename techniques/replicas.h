// replicas: by how many threads an update is computed, each with a share of its sentences.
#pragma once

#include "techniques/technique.h"

namespace ablate {

// none     one copy of the model, whose operations use all threads.
// threads  `count` copies that share their parameters' memory, one thread each with operations of
//          one thread; their gradients are summed before the update. CPU.
const Technique& ReplicasTechnique();

}  // namespace ablate

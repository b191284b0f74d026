// graph: whether an update is captured once as a CUDA graph, and replayed from then on.
#pragma once

#include "techniques/technique.h"

namespace ablate {

// off  each operation of each update is launched by the host.
// on   an update is one launch: gathering its batch from the corpus on the device, forward,
//      backward, clipping, the optimizer's step, the loss scale and the averages. Its shapes are
//      those of the fullest batch; the rest is filled up with sentences of PAD that no loss counts.
const Technique& GraphTechnique();

}  // namespace ablate

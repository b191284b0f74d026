// batch_warmup: batches that grow early in the training.
#pragma once

#include "techniques/technique.h"

namespace ablate {

// off     whole batches from the first update on.
// linear  from `initial_fraction` of a batch to a whole one after `growth_epochs`, in proportion to
//         the examples that were trained on; sentences or tokens alike.
// Small batches make more updates of the same examples, while their noise does not matter yet.
// Smith et al., "Don't Decay the Learning Rate, Increase the Batch Size" (2018); McCandlish et al.,
// "An Empirical Model of Large-Batch Training" (2018).
const Technique& BatchWarmupTechnique();

}  // namespace ablate

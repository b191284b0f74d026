// padding: to which length the sentences of a batch are filled up.
#pragma once

#include "techniques/technique.h"

namespace ablate {

// static    every batch to one length: `length`, default the longest sentence of the corpus.
// dynamic   to the longest sentence of the batch. Same batches, same order as static.
// bucketed  dynamic, over batches that are cut from pools of `pool_batches` batches sorted by
//           length.
// packed    no PAD: a batch's sentences lie one after the other.
const Technique& PaddingTechnique();

}  // namespace ablate

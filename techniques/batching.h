// batching: how many sentences make a batch.
#pragma once

#include "techniques/technique.h"

namespace ablate {

// sentences  training.batch_size of them, whatever their length.
// tokens     as many as keep within a budget of padded tokens, as fairseq and Marian count:
// sentences
//            times the padded length of their longer side. training.batch_size then has no say.
// Edits after padding, whose fixed length it checks. That every sentence of the corpus keeps within
// the budget is RuleFor's to check (harness/train/batch_stream.h).
const Technique& BatchingTechnique();

}  // namespace ablate

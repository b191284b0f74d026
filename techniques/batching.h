// batching: how many sentences make a batch.
#pragma once

#include "techniques/technique.h"

namespace ablate {

// sentences  training.batch_size of them, whatever their length.
// tokens     as many as keep within a budget of padded tokens: sentences times the padded length of
//            their longer side, as fairseq and Marian count. training.batch_size has no say then.
//
// Edits after padding, whose fixed length it checks. That every sentence of the corpus keeps within
// the budget is RuleFor's to check (harness/train/batch_stream.h).
const Technique& BatchingTechnique();

}  // namespace ablate

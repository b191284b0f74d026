// Training and validation split of a corpus.
#pragma once

#include <vector>

#include "model/data/corpus.h"

namespace ablate {

// Shuffles `pairs` by spec.split_seed, keeps the first spec.max_pairs, and gives the pairs of a
// valid_fraction of the distinct source sentences (rounded; at least one sentence on each side) to
// corpus.valid, the others to corpus.train. Within a split the shuffled order stays. Throws Error
// where `pairs` holds fewer than two distinct sources.
void Split(const CorpusSpec& spec, std::vector<SentencePair> pairs, Corpus& corpus);

}  // namespace ablate

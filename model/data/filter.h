// Which of the pairs that were read a corpus keeps.
#pragma once

#include <vector>

#include "model/data/corpus.h"

namespace ablate {

// Removes the pairs that a limit of `spec` excludes (counted under the first that does, in the
// order of CorpusCounts), and those that are there already. Keeps the order.
void Filter(const CorpusSpec& spec, std::vector<SentencePair>& pairs, CorpusCounts& counts);

}  // namespace ablate

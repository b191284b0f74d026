// A corpus that needs nothing: sentence pairs from a grammar of English and French.
#pragma once

#include <cstdint>
#include <vector>

#include "model/data/corpus.h"

namespace ablate {

// The most pairs that one corpus may have. The grammar holds far more sentences, but drawing
// distinct ones gets slow.
inline constexpr int64_t kMaxPhrasebookPairs = 10'000'000;

// English sentences have so many words.
inline constexpr int64_t kMinPhrasebookWords = 3;
inline constexpr int64_t kMaxPhrasebookWords = 14;

// `pairs` sentence pairs, no English sentence twice, each with the one French sentence that the
// grammar gives it. The same `seed` gives the same pairs on every platform, and fewer pairs are a
// prefix of more. Throws Error where `pairs` is below 0 or above kMaxPhrasebookPairs.
std::vector<SentencePair> GeneratePhrasebook(uint64_t seed, int64_t pairs);

}  // namespace ablate

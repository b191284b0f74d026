// The training sentences of Multi30k, English-French: captions of photographs.
// D. Elliott, S. Frank, K. Sima'an, L. Specia, Multi30K: Multilingual English-German Image
// Descriptions, 2016.
#pragma once

#include "model/data/fetched_corpus.h"

namespace ablate {

FetchedCorpus Multi30k();

}  // namespace ablate

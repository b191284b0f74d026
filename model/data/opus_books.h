// The corpus of OPUS "Books", English-French, in the Moses format: a zip of two files of a sentence
// a line. J. Tiedemann, Parallel Data, Tools and Interfaces in OPUS, LREC 2012.
#pragma once

#include "model/data/fetched_corpus.h"

namespace ablate {

FetchedCorpus OpusBooks();

}  // namespace ablate

// From a suite's corpus and vocabulary to the file of ids that workers map; done once, then found
// in the cache.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "model/data/corpus.h"
#include "model/data/vocabulary_spec.h"

namespace ablate {

// What there is to show about an encoded corpus without mapping it.
struct PreparedCorpus {
  std::filesystem::path path;  // for EncodedCorpus::Map
  CorpusCounts counts;
  std::string corpus_sha256;
  int64_t source_vocabulary = 0;  // sizes, specials included
  int64_t target_vocabulary = 0;
  // Padded lengths that hold every sentence of both splits: tokens, SOS and EOS for the source; for
  // the target, of which target_in lacks EOS and target_out SOS, tokens and one special.
  int64_t longest_source = 0;
  int64_t longest_target = 0;
  int64_t train_source_tokens = 0;  // without specials
  int64_t train_target_tokens = 0;
};

// Names the encoded corpus by all that determines its ids: 64 hex digits. Where files lie does not
// enter, what is in them does, by `corpus_sha256`.
std::string EncodedCorpusKey(const CorpusSpec& corpus, std::string_view corpus_sha256,
                             const VocabularySpec& vocabulary);

// Loads the corpus, learns both vocabularies from its training split alone, and writes
// <cache>/encoded/<key>.ids and beside it <key>.json, which holds what is returned. A later call
// with the same content only loads the corpus, to know that it still is the same. Throws Error
// where the corpus can't be had or leaves no training sentence.
PreparedCorpus PrepareEncodedCorpus(const CorpusSpec& corpus, const VocabularySpec& vocabulary,
                                    const std::filesystem::path& cache,
                                    const std::filesystem::path& base);

// The same for a corpus that is in memory.
PreparedCorpus PrepareEncodedCorpus(const Corpus& corpus, const CorpusSpec& spec,
                                    const VocabularySpec& vocabulary,
                                    const std::filesystem::path& cache);

}  // namespace ablate

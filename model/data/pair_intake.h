// Where the readers of corpora put what they read: pairs that can be used, and counts of those that
// can't.
#pragma once

#include <string_view>
#include <vector>

#include "model/data/corpus.h"

namespace ablate {

// A longer line is no sentence, and may be of any size.
inline constexpr size_t kMaxLineBytes = 64 * 1024;

class PairIntake {
 public:
  // Counts the pair as read; keeps it, trimmed, where both sides are text, no longer than a line
  // may be, and not empty.
  void Add(std::string_view source, std::string_view target);
  // The same, for corpora where a text that stands unchanged in both languages was not translated.
  void AddTranslated(std::string_view source, std::string_view target);
  // A line whose text was not kept, because it is too long.
  void AddTooLong();
  // Text without a counterpart in the other language.
  void AddUnpaired();

  std::vector<SentencePair> pairs;
  CorpusCounts counts;
};

}  // namespace ablate

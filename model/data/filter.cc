#include "model/data/filter.h"

#include <string_view>
#include <unordered_set>
#include <utility>

#include "model/data/sentence_text.h"

namespace ablate {
namespace {

// The count of the limit that excludes the pair; null where none does.
int64_t CorpusCounts::*Excluding(const CorpusSpec& spec, const SentencePair& pair) {
  if (spec.min_source_words && CountWords(pair.source) < *spec.min_source_words) {
    return &CorpusCounts::too_few_words;
  }
  if (!spec.max_source_chars && !spec.max_target_excess_chars) return nullptr;
  const int64_t source_chars = CountCodePoints(pair.source);
  if (spec.max_source_chars && source_chars > *spec.max_source_chars) {
    return &CorpusCounts::too_many_chars;
  }
  if (spec.max_target_excess_chars &&
      CountCodePoints(pair.target) - source_chars > *spec.max_target_excess_chars) {
    return &CorpusCounts::too_much_excess;
  }
  return nullptr;
}

}  // namespace

void Filter(const CorpusSpec& spec, std::vector<SentencePair>& pairs, CorpusCounts& counts) {
  std::unordered_set<std::string> seen;
  std::vector<SentencePair> kept;
  for (SentencePair& pair : pairs) {
    if (const auto count = Excluding(spec, pair)) {
      ++(counts.*count);
    } else if (!seen.insert(pair.source + '\n' + pair.target).second) {
      ++counts.duplicate;
    } else {
      kept.push_back(std::move(pair));
    }
  }
  pairs = std::move(kept);
}

}  // namespace ablate

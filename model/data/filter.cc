#include "model/data/filter.h"

#include <algorithm>
#include <utility>

#include "model/data/parallel.h"
#include "model/data/sentence_text.h"
#include "model/data/text_index.h"

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

uint64_t HashOfPair(const SentencePair& pair) {
  return HashOf(pair.source) ^ (HashOf(pair.target) * 0x9e3779b97f4a7c15);
}

}  // namespace

void Filter(const CorpusSpec& spec, std::vector<SentencePair>& pairs, CorpusCounts& counts) {
  TextIndex seen(pairs.size());
  const std::vector<uint64_t> hashes =
      ForEach<uint64_t>(pairs.size(), [&](size_t i) { return HashOfPair(pairs[i]); });
  uint32_t kept = 0;
  for (size_t i = 0; i < pairs.size(); ++i) {
    seen.Prefetch(hashes[std::min(i + kAhead, pairs.size() - 1)]);
    SentencePair& pair = pairs[i];
    const auto is_there = [&](uint32_t other) { return pairs[other] == pair; };
    if (const auto count = Excluding(spec, pair)) {
      ++(counts.*count);
    } else if (seen.FindOrAdd(hashes[i], kept, is_there) != TextIndex::kNone) {
      ++counts.duplicate;
    } else {
      if (&pair != &pairs[kept]) pairs[kept] = std::move(pair);
      ++kept;
    }
  }
  pairs.resize(kept);
}

}  // namespace ablate

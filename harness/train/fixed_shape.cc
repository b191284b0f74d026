#include "harness/train/fixed_shape.h"

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "model/product_rows.h"

namespace ablate {
namespace {

constexpr int64_t kLongestFiller = 64;
constexpr int64_t kRowMultiple = 8;  // that matrix products of halves are fast at

// How many sentences a batch of the rule's tokens, counted on the longer sides, holds at most.
int64_t MostSentences(const EncodedSplit& split, const BatchRule& rule) {
  std::vector<int64_t> lengths;
  for (int64_t i = 0; i < split.size(); ++i) {
    lengths.push_back(LongerSide(split, i));
  }
  std::ranges::sort(lengths);
  int64_t count = 0;
  int64_t budget = rule.max_tokens;
  for (const int64_t length : lengths) {
    if ((budget -= length) < 0 || (count > 0 && count == rule.max_sentences)) break;
    ++count;
  }
  return std::max<int64_t>(1, count);
}

FixedShape PackedShape(const EncodedSplit& split, const BatchRule& rule) {
  const int64_t source = split.source.longest() + 2;
  const int64_t target = split.target.longest() + 1;
  const int64_t filler = std::clamp<int64_t>(std::max(source, target), 2, kLongestFiller);
  FixedShape shape{.packed = true, .sentences = MostSentences(split, rule)};
  shape.source_length = std::max(source, filler);
  shape.target_length = std::max(target, filler);
  // So that even an update of one token leaves each of them no more than its length.
  shape.fillers = RoundUp(rule.max_tokens + kRowMultiple, filler - 1) / (filler - 1);
  shape.source_tokens = RoundUp(rule.max_tokens + shape.fillers, kRowMultiple);
  shape.target_tokens = shape.source_tokens;
  return shape;
}

FixedShape PaddedShape(const BatchRule& rule) {
  FixedShape shape{.source_length = rule.source_length, .target_length = rule.target_length};
  shape.sentences = rule.max_tokens > 0
                        ? rule.max_tokens / std::max(rule.source_length, rule.target_length)
                        : rule.batch_size;
  return shape;
}

}  // namespace

int64_t FixedShape::computed_source_tokens() const {
  return packed ? source_tokens : sentences * source_length;
}

int64_t FixedShape::computed_target_tokens() const {
  return packed ? target_tokens : sentences * target_length;
}

FixedShape ShapeFor(const EncodedSplit& split, const BatchRule& rule) {
  const bool fixed =
      rule.packed ? rule.max_tokens > 0 : rule.source_length > 0 && rule.target_length > 0;
  if (!fixed) throw std::logic_error("batches of this rule have no fixed shape");
  return rule.packed ? PackedShape(split, rule) : PaddedShape(rule);
}

}  // namespace ablate

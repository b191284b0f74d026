#include "model/data/batches.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>

#include "model/data/vocabulary_spec.h"
#include "model/product_rows.h"

namespace ablate {
namespace {

// The longer side leads, then comes how much longer the target is, up and down in turn, so that
// neighbours are alike on both sides, also where the longer side grows. Padding a corpus of
// captions this way wastes two fifths less than sorting by target, then source.
std::pair<int64_t, int64_t> LengthKey(const EncodedSplit& split, int64_t i) {
  const int64_t longer = LongerSide(split, i);
  const int64_t excess = (split.target.length(i) + 1) - (split.source.length(i) + 2);
  return {longer, longer % 2 == 0 ? excess : -excess};
}

void SortByLength(const EncodedSplit& split, std::span<int64_t> sentences) {
  // The keys beside the sentences: to look lengths up takes longer than to compare them.
  struct Keyed {
    std::pair<int64_t, int64_t> key;
    int64_t sentence;
  };
  std::vector<Keyed> keyed;
  keyed.reserve(sentences.size());
  for (const int64_t i : sentences) keyed.push_back({LengthKey(split, i), i});
  std::ranges::stable_sort(keyed, {}, &Keyed::key);
  std::ranges::transform(keyed, sentences.begin(), &Keyed::sentence);
}

// How many examples have gone before decides how large a batch may be: in sentences, or in padded
// tokens where the rule counts those.
class BatchLimit {
 public:
  BatchLimit(const BatchRule& rule, int64_t epoch_examples)
      : whole_(static_cast<double>(rule.max_tokens > 0 ? rule.max_tokens : rule.batch_size)),
        initial_fraction_(rule.initial_fraction),
        growth_examples_(rule.growth_epochs * static_cast<double>(epoch_examples)) {}

  int64_t After(double examples) const {
    if (examples >= growth_examples_) return std::llround(whole_);
    const double grown = examples / growth_examples_;
    const double fraction = initial_fraction_ + (1 - initial_fraction_) * grown;
    return std::max<int64_t>(1, std::llround(whole_ * fraction));
  }

 private:
  double whole_, initial_fraction_, growth_examples_;
};

int64_t PackedWithin(const EncodedSplit& split, const BatchRule& rule, int64_t limit,
                     std::span<const int64_t> sentences) {
  int64_t tokens = 0, count = 0;
  for (const int64_t i : sentences) {
    tokens += LongerSide(split, i);
    if (count > 0 && (tokens > limit || count == rule.max_sentences)) break;
    ++count;
  }
  return count;
}

// How many of the first sentences make a batch within `limit`; at least one.
int64_t SentencesWithin(const EncodedSplit& split, const BatchRule& rule, int64_t limit,
                        std::span<const int64_t> sentences) {
  if (rule.max_tokens == 0) return std::min(limit, std::ssize(sentences));
  if (rule.packed) return PackedWithin(split, rule, limit, sentences);
  int64_t padded = std::max(rule.source_length, rule.target_length);
  int64_t count = 0;
  for (int64_t i : sentences) {
    padded = std::max(padded, LongerSide(split, i));
    if (count > 0 && (count + 1) * padded > limit) break;
    ++count;
  }
  return count;
}

// One after the other off the front of `sentences`, before which `examples` have gone.
std::vector<Batch> CutInOrder(const EncodedSplit& split, const BatchRule& rule, int64_t examples,
                              std::span<const int64_t> sentences) {
  const BatchLimit limit(rule, split.size());
  std::vector<Batch> batches;
  while (!sentences.empty()) {
    const int64_t now = limit.After(static_cast<double>(examples));
    const int64_t count = SentencesWithin(split, rule, now, sentences);
    batches.push_back(MakeBatch(split, rule, sentences.first(count)));
    sentences = sentences.subspan(count);
    examples += count;
  }
  return batches;
}

// The limits of a pool's batches in the order in which they are trained on, and the sentences that
// these are expected to hold.
struct PoolPlan {
  std::vector<int64_t> limits;
  int64_t sentences = 0;
};

PoolPlan PlanPool(const BatchRule& rule, const BatchLimit& limit, double sentences_a_limit,
                  int64_t examples, int64_t sentences_left) {
  PoolPlan plan;
  double sentences = 0;
  for (int64_t i = 0; i < rule.pool_batches && plan.sentences < sentences_left; ++i) {
    plan.limits.push_back(limit.After(static_cast<double>(examples) + sentences));
    sentences += std::max(1.0, static_cast<double>(plan.limits.back()) * sentences_a_limit);
    plan.sentences = std::min<int64_t>(std::llround(sentences), sentences_left);
  }
  return plan;
}

// Which lengths a limit gets is left to chance; then the limits rise again, equal ones shuffled.
std::vector<Batch> CutPool(const EncodedSplit& split, const BatchRule& rule,
                           std::vector<int64_t> limits, std::span<int64_t> pool, Random& random) {
  struct Limited {
    int64_t limit;
    Batch batch;
  };
  const int64_t last_limit = limits.back();
  SortByLength(split, pool);
  random.Shuffle(limits);
  std::vector<Limited> cut;
  for (std::span<const int64_t> rest = pool; !rest.empty();) {
    const int64_t limit = cut.size() < limits.size() ? limits[cut.size()] : last_limit;
    const int64_t count = SentencesWithin(split, rule, limit, rest);
    cut.push_back({limit, MakeBatch(split, rule, rest.first(count))});
    rest = rest.subspan(count);
  }
  random.Shuffle(cut);
  std::ranges::stable_sort(cut, {}, &Limited::limit);
  std::vector<Batch> batches;
  for (Limited& each : cut) batches.push_back(std::move(each.batch));
  return batches;
}

std::vector<Batch> CutPools(const EncodedSplit& split, const BatchRule& rule, int64_t examples,
                            std::span<int64_t> sentences, Random& random) {
  const BatchLimit limit(rule, split.size());
  const double sentences_a_limit = SentencesALimit(split, rule);
  std::vector<Batch> batches;
  while (!sentences.empty()) {
    PoolPlan plan = PlanPool(rule, limit, sentences_a_limit, examples, std::ssize(sentences));
    const auto pool = sentences.first(plan.sentences);
    std::ranges::move(CutPool(split, rule, std::move(plan.limits), pool, random),
                      std::back_inserter(batches));
    sentences = sentences.subspan(pool.size());
    examples += std::ssize(pool);
  }
  return batches;
}

std::vector<int64_t> AllSentences(const EncodedSplit& split) {
  std::vector<int64_t> sentences(split.size());
  std::iota(sentences.begin(), sentences.end(), 0);
  return sentences;
}

void CheckFits(int64_t tokens, int64_t specials, int64_t length) {
  if (tokens + specials > length) {
    throw std::logic_error("a sentence of " + std::to_string(tokens) +
                           " tokens does not fit a padded length of " + std::to_string(length));
  }
}

}  // namespace

int64_t LongerSide(const EncodedSplit& split, int64_t i) {
  return std::max(split.source.length(i) + 2, split.target.length(i) + 1);
}

double SentencesALimit(const EncodedSplit& split, const BatchRule& rule) {
  if (rule.max_tokens == 0) return 1;
  const int64_t fixed = std::max(rule.source_length, rule.target_length);
  double tokens = 0;
  for (int64_t i = 0; i < split.size(); ++i) {
    tokens += static_cast<double>(std::max(fixed, LongerSide(split, i)));
  }
  return static_cast<double>(split.size()) / tokens;
}

Batch MakeBatch(const EncodedSplit& split, const BatchRule& rule,
                std::span<const int64_t> sentences) {
  Batch batch;
  batch.sentences.assign(sentences.begin(), sentences.end());
  batch.source_length = rule.source_length;
  batch.target_length = rule.target_length;
  batch.packed = rule.packed;
  for (int64_t i : sentences) {
    if (rule.source_length == 0) {
      batch.source_length = std::max(batch.source_length, split.source.length(i) + 2);
    }
    if (rule.target_length == 0) {
      batch.target_length = std::max(batch.target_length, split.target.length(i) + 1);
    }
    batch.source_tokens += split.source.length(i) + 2;
    batch.target_tokens += split.target.length(i) + 1;
  }
  if (rule.packed) {
    batch.source_tokens = RoundUp(batch.source_tokens, rule.token_multiple);
    batch.target_tokens = RoundUp(batch.target_tokens, rule.token_multiple);
  } else {
    batch.source_tokens = std::ssize(sentences) * batch.source_length;
    batch.target_tokens = std::ssize(sentences) * batch.target_length;
  }
  return batch;
}

std::vector<Batch> EpochBatches(const EncodedSplit& split, const BatchRule& rule,
                                uint64_t order_seed, int64_t epoch) {
  Random random(StreamSeed(order_seed, "order") + static_cast<uint64_t>(epoch), "epoch");
  std::vector<int64_t> order = AllSentences(split);
  random.Shuffle(order);
  const int64_t examples = epoch * split.size();
  if (rule.pool_batches == 0) return CutInOrder(split, rule, examples, order);
  return CutPools(split, rule, examples, order, random);
}

std::vector<Batch> EvaluationBatches(const EncodedSplit& split, int64_t batch_size,
                                     int64_t max_tokens) {
  std::vector<int64_t> order = AllSentences(split);
  SortByLength(split, order);
  return CutInOrder(split, {.batch_size = batch_size, .max_tokens = max_tokens},
                    /*examples=*/0, order);
}

int64_t LongestBatch(const std::vector<Batch>& batches) {
  const auto longest = std::ranges::max_element(
      batches, {}, [](const Batch& batch) { return batch.source_tokens + batch.target_tokens; });
  return longest - batches.begin();
}

namespace {

struct Specials {
  bool sos, eos;
};

void FillRow(std::span<const int32_t> tokens, const Specials& specials, std::span<int64_t> row) {
  auto out = row.begin();
  if (specials.sos) *out++ = kSos;
  out = std::copy(tokens.begin(), tokens.end(), out);
  if (specials.eos) *out++ = kEos;
  std::fill(out, row.end(), kPad);
}

// Sentence after sentence: each padded to `length`, or, packed, one next to the other, and PAD
// after the last up to so many tokens.
void FillSide(const EncodedSide& side, const Batch& batch, const Specials& specials, int64_t length,
              int64_t tokens, std::vector<int64_t>& ids) {
  ids.resize(tokens);
  std::span<int64_t> rest = ids;
  for (const int64_t i : batch.sentences) {
    if (batch.packed) length = side.length(i) + specials.sos + specials.eos;
    if (length > std::ssize(rest)) throw std::logic_error("a batch does not fit its tokens");
    FillRow(side[i], specials, rest.first(length));
    rest = rest.subspan(length);
  }
  std::ranges::fill(rest, kPad);
}

void CountTokens(const EncodedSplit& split, const Batch& batch, CollatedBatch& out) {
  out.source_lengths.clear();
  out.target_lengths.clear();
  out.source_tokens = 0;
  out.target_tokens = 0;
  for (const int64_t i : batch.sentences) {
    CheckFits(split.source.length(i), 2, out.source_length);
    CheckFits(split.target.length(i), 1, out.target_length);
    out.source_tokens += out.source_lengths.emplace_back(split.source.length(i) + 2);
    out.target_tokens += out.target_lengths.emplace_back(split.target.length(i) + 1);
  }
}

}  // namespace

void Collate(const EncodedSplit& split, const Batch& batch, CollatedBatch& out) {
  out.packed = batch.packed;
  out.rows = std::ssize(batch.sentences);
  out.source_length = batch.source_length;
  out.target_length = batch.target_length;
  CountTokens(split, batch, out);
  FillSide(split.source, batch, {.sos = true, .eos = true}, batch.source_length,
           batch.source_tokens, out.source);
  FillSide(split.target, batch, {.sos = true, .eos = false}, batch.target_length,
           batch.target_tokens, out.target_in);
  FillSide(split.target, batch, {.sos = false, .eos = true}, batch.target_length,
           batch.target_tokens, out.target_out);
  out.source_padded = out.source_tokens < std::ssize(out.source);
  out.target_padded = out.target_tokens < std::ssize(out.target_out);
}

}  // namespace ablate

#include "harness/train/batch_stream.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "model/error.h"

namespace ablate {
namespace {

// SOS and EOS around a source; a target has one of them on each side of the model.
constexpr int64_t kSourceSpecials = 2;
constexpr int64_t kTargetSpecials = 1;

void CheckFits(const char* side, int64_t longest, int64_t limit, const std::string& setting) {
  if (longest <= limit) return;
  throw Error("the longest " + std::string(side) + " sentence has " + std::to_string(longest) +
              " tokens with its specials, but " + setting + " is " + std::to_string(limit) +
              "; raise it, or filter the corpus");
}

// More than a shuffle's batches of so many tokens hold, but for the oddest, so that what is
// captured for all batches has no room to spare for a batch of nothing but the shortest.
int64_t SentencesOfShuffle(const EncodedSplit& split, const BatchRule& rule) {
  constexpr double kMargin = 1.25;
  constexpr int64_t kMore = 16;  // where a batch has but a few
  const double mean = static_cast<double>(rule.max_tokens) * SentencesALimit(split, rule);
  return kMore + std::llround(kMargin * mean);
}

// How many of the batches begin before so many examples.
int64_t UpdatesUntil(const std::vector<Batch>& batches, double examples) {
  int64_t updates = 0;
  int64_t before = 0;
  for (const Batch& batch : batches) {
    if (static_cast<double>(before) >= examples) break;
    before += std::ssize(batch.sentences);
    ++updates;
  }
  return updates;
}

}  // namespace

BatchRule RuleFor(const Batching& batching, const EncodedSplit& split, int64_t max_length) {
  const int64_t source = split.source.longest() + kSourceSpecials;
  const int64_t target = split.target.longest() + kTargetSpecials;
  CheckFits("source", source, max_length, "model.max_length");
  CheckFits("target", target, max_length, "model.max_length");

  BatchRule rule{.batch_size = batching.batch_size,
                 .max_tokens = batching.max_tokens,
                 .growth_epochs = batching.growth_epochs,
                 .initial_fraction = batching.initial_fraction};
  if (batching.order == Batching::Order::kLengthPools) rule.pool_batches = batching.pool_batches;
  switch (batching.pad_to) {
    case Batching::PadTo::kBatchLongest:
      break;
    case Batching::PadTo::kCorpusLongest:
      rule.source_length = source;
      rule.target_length = target;
      break;
    case Batching::PadTo::kNone:
      rule.packed = true;
      break;
    case Batching::PadTo::kLength:
      CheckFits("source", source, batching.length, "padding's length");
      CheckFits("target", target, batching.length, "padding's length");
      CheckFits("padded", batching.length, max_length, "model.max_length");
      rule.source_length = rule.target_length = batching.length;
      break;
  }
  if (rule.max_tokens > 0) {
    const int64_t budget = rule.max_tokens / batching.token_budgets;
    CheckFits("source", source, budget, "batching's max_tokens");
    CheckFits("target", target, budget, "batching's max_tokens");
    CheckFits("padded", std::max(rule.source_length, rule.target_length), budget,
              "batching's max_tokens");
  }
  if (rule.packed && rule.max_tokens > 0 && rule.pool_batches == 0 && split.size() > 0) {
    rule.max_sentences = SentencesOfShuffle(split, rule);
  }
  return rule;
}

BatchRule TrainingRule(const Recipe& recipe, const EncodedSplit& split, int64_t product_rows) {
  BatchRule rule = RuleFor(recipe.batching, split, recipe.model.max_length);
  if (rule.packed) rule.token_multiple = product_rows;
  return rule;
}

BatchStream::BatchStream(const EncodedSplit& split, const BatchRule& rule, uint64_t seed)
    : split_(split), rule_(rule), seed_(seed), batches_(Epoch(0)) {}

int64_t BatchStream::growing_epochs() const {
  return static_cast<int64_t>(std::ceil(rule_.growth_epochs));
}

std::vector<Batch> BatchStream::Epoch(int64_t epoch) const {
  return EpochBatches(split_, rule_, seed_, epoch);
}

const Batch& BatchStream::Next() {
  if (next_ == batches_.size()) {
    batches_ = Epoch(++epoch_);
    next_ = 0;
  }
  return batches_[next_++];
}

int64_t BatchStream::UpdatesIn(double epochs) const {
  int64_t updates = 0;
  double left = epochs;
  for (int64_t epoch = 0; epoch < growing_epochs() && left > 0; ++epoch, left -= 1) {
    updates += UpdatesUntil(Epoch(epoch), left * static_cast<double>(split_.size()));
  }
  if (left <= 0) return updates;
  const auto whole = static_cast<double>(Epoch(growing_epochs()).size());
  return updates + std::llround(left * whole);
}

std::vector<Batch> BatchStream::ForWarmup(int64_t others) const {
  const std::vector<Batch> whole = Epoch(growing_epochs());
  std::vector<Batch> chosen = {whole[LongestBatch(whole)]};
  for (size_t i = 0; i < static_cast<size_t>(others); ++i) {
    chosen.push_back(batches_[i % batches_.size()]);
  }
  return chosen;
}

}  // namespace ablate

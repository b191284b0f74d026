#include "harness/train/batch_stream.h"

#include <algorithm>
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

}  // namespace

BatchRule RuleFor(const Batching& batching, const EncodedSplit& split, int64_t max_length) {
  const int64_t source = split.source.longest() + kSourceSpecials;
  const int64_t target = split.target.longest() + kTargetSpecials;
  CheckFits("source", source, max_length, "model.max_length");
  CheckFits("target", target, max_length, "model.max_length");

  BatchRule rule{.batch_size = batching.batch_size};
  if (batching.order == Batching::Order::kLengthPools) rule.pool_batches = batching.pool_batches;
  switch (batching.pad_to) {
    case Batching::PadTo::kBatchLongest:
      break;
    case Batching::PadTo::kCorpusLongest:
      rule.source_length = source;
      rule.target_length = target;
      break;
    case Batching::PadTo::kLength:
      CheckFits("source", source, batching.length, "padding's length");
      CheckFits("target", target, batching.length, "padding's length");
      CheckFits("padded", batching.length, max_length, "model.max_length");
      rule.source_length = rule.target_length = batching.length;
      break;
  }
  return rule;
}

BatchStream::BatchStream(const EncodedSplit& split, const BatchRule& rule, uint64_t seed)
    : split_(split), rule_(rule), seed_(seed), batches_(EpochBatches(split, rule, seed, 0)) {}

const Batch& BatchStream::Next() {
  if (next_ == batches_.size()) {
    batches_ = EpochBatches(split_, rule_, seed_, ++epoch_);
    next_ = 0;
  }
  return batches_[next_++];
}

std::vector<Batch> BatchStream::ForWarmup(int64_t others) const {
  std::vector<Batch> chosen = {batches_[LongestBatch(batches_)]};
  const auto end = batches_.begin() + std::min<int64_t>(others, std::ssize(batches_));
  chosen.insert(chosen.end(), batches_.begin(), end);
  return chosen;
}

}  // namespace ablate

// The training batches, epoch after epoch. No Torch.
#pragma once

#include <cstdint>
#include <vector>

#include "model/data/batches.h"
#include "techniques/recipe.h"

namespace ablate {

// The rule for batches of `split` that the recipe asks for. Throws Error where a sentence does not
// fit the padded length or the model's positions, naming the setting.
BatchRule RuleFor(const Batching& batching, const EncodedSplit& split, int64_t max_length);

class BatchStream {
 public:
  // `seed` is the run's. `split` outlives the stream and is not empty.
  BatchStream(const EncodedSplit& split, const BatchRule& rule, uint64_t seed);

  // The next batch; valid until the call after.
  const Batch& Next();

  int64_t batches_per_epoch() const { return static_cast<int64_t>(batches_.size()); }
  const BatchRule& rule() const { return rule_; }
  // The first epoch's longest batch, then its first `others`; the stream does not move. Before the
  // first Next.
  std::vector<Batch> ForWarmup(int64_t others) const;

 private:
  const EncodedSplit& split_;
  BatchRule rule_;
  uint64_t seed_;
  int64_t epoch_ = 0;
  size_t next_ = 0;
  std::vector<Batch> batches_;
};

}  // namespace ablate

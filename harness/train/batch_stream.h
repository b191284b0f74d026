// The training batches, epoch after epoch. No Torch.
#pragma once

#include <cstdint>
#include <vector>

#include "model/data/batches.h"
#include "techniques/recipe.h"

namespace ablate {

// The rule for batches of `split` that the recipe asks for. Throws Error where a sentence does not
// fit the padded length, the model's positions or the budget of tokens, naming the setting: a check
// as well, to be called before a run is started.
BatchRule RuleFor(const Batching& batching, const EncodedSplit& split, int64_t max_length);

// The same, as a run of the recipe trains by it: packed batches are filled up to a multiple of
// `product_rows` tokens, which harness/train/product_rows.h knows.
BatchRule TrainingRule(const Recipe& recipe, const EncodedSplit& split, int64_t product_rows);

class BatchStream {
 public:
  // `seed` is the run's. `split` outlives the stream and is not empty.
  BatchStream(const EncodedSplit& split, const BatchRule& rule, uint64_t seed);

  // The next batch; valid until the call after.
  const Batch& Next();

  const BatchRule& rule() const { return rule_; }

  // Of the epoch that the stream is in.
  int64_t batches_per_epoch() const { return static_cast<int64_t>(batches_.size()); }
  // How many updates so many epochs are: while batches grow, counted from them; then in proportion
  // to the first epoch of whole ones. Exact for whole epochs of batches cut by sentences. Cut by
  // tokens, epochs differ by a few.
  int64_t UpdatesIn(double epochs) const;

  // The longest batch of the first epoch in which batches are whole, then the first epoch's first
  // `others`, again from its start where it has fewer; the stream does not move. Before the first
  // Next.
  std::vector<Batch> ForWarmup(int64_t others) const;

 private:
  int64_t growing_epochs() const;  // those with a batch that is not whole
  std::vector<Batch> Epoch(int64_t epoch) const;

  const EncodedSplit& split_;
  BatchRule rule_;
  uint64_t seed_;
  int64_t epoch_ = 0;
  size_t next_ = 0;
  std::vector<Batch> batches_;
};

}  // namespace ablate

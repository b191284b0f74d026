// How the sentences of an update are divided among data-parallel ranks, and a rank's among
// micro-batches. No Torch.
#pragma once

#include <cstdint>
#include <vector>

#include "model/data/batches.h"

namespace ablate {

struct Division {
  int64_t rank = 0;
  int64_t ranks = 1;  // data-parallel
  int64_t micro_batches = 1;
  int64_t replicas = 1;  // threads that a rank's micro-batch is divided among
};

// An update: what all ranks train on, and this rank's part of it.
struct UpdateShare {
  // Of the whole update.
  int64_t examples = 0;
  int64_t source_tokens = 0;  // real
  int64_t target_tokens = 0;  // real, of target_out
  int64_t padded_source_tokens = 0;
  int64_t padded_target_tokens = 0;

  // At least one, none of them empty; fewer than Division says where sentences are. Those of the
  // replicas stand one after the other, then those of the next micro-batch.
  std::vector<Batch> micro_batches;
  // False where there are fewer sentences than ranks and none is left for this one: its micro-batch
  // is a stand-in, whose loss counts nothing.
  bool counts = true;

  // What the sums of the micro-batches' losses are to be multiplied by, so that those of all ranks
  // come to the mean loss a real target token.
  double loss_scale() const { return counts ? 1.0 / static_cast<double>(target_tokens) : 0.0; }
};

// Ranks take sentences in turn, so that each has long and short ones; micro-batches are consecutive
// sentences of a rank's; replicas take shares of about as many tokens. Each is padded as `rule`
// says, so that a rule of the longest sentence means the micro-batch's own.
UpdateShare Divide(const Batch& update, const EncodedSplit& split, const BatchRule& rule,
                   const Division& division);

}  // namespace ablate

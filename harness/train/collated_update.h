// An update on the host: this rank's share of it, collated.
#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "harness/train/device_batch.h"
#include "harness/train/division.h"

namespace ablate {

// How updates become shares, and where these lie.
struct CollationPlan {
  const EncodedSplit& split;
  BatchRule rule;
  Division division;
  at::Device device;
  bool pin_memory;  // no effect on a CPU
};

// Keeps its memory from one update to the next. One thread may fill it and another one read it
// afterwards.
class CollatedUpdate {
 public:
  // `plan` outlives it.
  explicit CollatedUpdate(const CollationPlan& plan) : plan_(plan) {}

  const UpdateShare& Fill(const Batch& update);
  const UpdateShare& share() const { return share_; }
  // The i-th micro-batch; on a CPU a view, until the next Fill.
  DeviceBatch ToDevice(size_t micro_batch) { return loaders_.at(micro_batch).ToDevice(); }

 private:
  const CollationPlan& plan_;
  UpdateShare share_;
  std::vector<BatchLoader> loaders_;  // one a micro-batch
};

}  // namespace ablate

// Batches of one shape, made on the device out of the resident corpus: only the indices of their
// sentences travel, to memory that stays where it is, so that the rest can be captured.
#pragma once

#include <ATen/ATen.h>

#include "harness/train/fixed_shape.h"
#include "harness/train/resident_feed.h"
#include "model/net/training_loss.h"

namespace ablate {

class FixedBatches {
 public:
  // `source` and `target` outlive it.
  FixedBatches(const ResidentSide& source, const ResidentSide& target, const FixedShape& shape,
               at::Device device);

  // Throws std::logic_error where the batch exceeds the shape. The host does not wait.
  void Send(const Batch& batch);
  // What was sent last, in the shape: first its sentences in their order, then none up to as many
  // as the shape has, then fillers. Padded, the rows of missing sentences hold some sentence's
  // source. Target_out is PAD wherever there is no token of the batch. Asks the device for nothing.
  DeviceBatch Gather() const;

 private:
  struct Side;
  Side Locate(const ResidentSide& side, int64_t rows, int64_t dropped) const;
  DeviceBatch Packed() const;
  DeviceBatch Padded() const;

  const ResidentSide& source_;
  const ResidentSide& target_;
  FixedShape shape_;
  at::Tensor sentences_;  // int64 [sentences], on the device: -1 where there is none
};

}  // namespace ablate

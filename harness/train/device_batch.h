// Batches as tensors on the device.
#pragma once

#include <torch/torch.h>

#include <cstdint>

#include "model/data/batches.h"
#include "model/net/training_loss.h"

namespace ablate {

// Loading in two steps that are timed apart: collation on the host, and the copy to the device,
// which does not wait for it.
class BatchLoader {
 public:
  BatchLoader(const EncodedSplit& split, at::Device device) : split_(split), device_(device) {}

  const CollatedBatch& Load(const Batch& batch);
  // What was loaded last. On a CPU the tensors are views of it: they end with the next Load.
  DeviceBatch ToDevice();

 private:
  const EncodedSplit& split_;
  at::Device device_;
  CollatedBatch collated_;
};

}  // namespace ablate

// Batches as tensors on the device.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

#include "model/data/batches.h"
#include "model/net/training_loss.h"

namespace ablate {

// Loading in two steps that are timed apart: collation on the host, and the copy to the device,
// which does not wait for it. The two may be done by different threads, one after the other.
class BatchLoader {
 public:
  // `pin_memory`: where the device is a GPU, batches lie in page-locked memory; without, the host
  // waits for the copy. Has no effect on a CPU.
  BatchLoader(const EncodedSplit& split, at::Device device, bool pin_memory = true)
      : split_(split), device_(device), pin_memory_(pin_memory) {}

  const CollatedBatch& Load(const Batch& batch);
  // What was loaded last. On a CPU the tensors are views of it: they end with the next Load.
  DeviceBatch ToDevice();

 private:
  const EncodedSplit& split_;
  at::Device device_;
  bool pin_memory_;
  CollatedBatch collated_;
  at::Tensor in_one_;  // on another device than a CPU: source, target_in and target_out, as one
};

}  // namespace ablate

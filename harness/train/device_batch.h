// Batches as tensors on the device.
#pragma once

#include <torch/torch.h>

#include <cstdint>

#include "model/data/batches.h"
#include "model/net/loss.h"
#include "model/net/transformer.h"

namespace ablate {

// B sentences; S source, T target tokens.
struct DeviceBatch {
  at::Tensor source_BS, target_in_BT, target_out_BT;  // int64
  bool source_padded = false;
};

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

// The forward pass.
TokenLoss ComputeLoss(Transformer& model, const DeviceBatch& batch, double label_smoothing);

}  // namespace ablate

// From the stream of batches to micro-batches on the device: who collates them, and when.
#pragma once

#include <ATen/ATen.h>

#include <memory>

#include "harness/train/batch_stream.h"
#include "harness/train/division.h"
#include "model/net/training_loss.h"
#include "techniques/recipe.h"

namespace ablate {

// Which updates there are, and their order, depend on the stream alone.
class BatchFeed {
 public:
  virtual ~BatchFeed() = default;

  // The stream's next update, ready to be copied; valid until the next call of either.
  virtual const UpdateShare& Next() = 0;
  // An update of `batch`, for warming up; before the first Next. The stream does not move.
  virtual const UpdateShare& Make(const Batch& batch) = 0;
  // The update's i-th micro-batch on the device; on a CPU valid as long as the update. The host
  // does not wait for the copy.
  virtual DeviceBatch ToDevice(size_t micro_batch) = 0;
};

// `split` and `stream` outlive it; the stream belongs to it from the first Next on.
std::unique_ptr<BatchFeed> MakeBatchFeed(const Loading& loading, const Division& division,
                                         const EncodedSplit& split, BatchStream& stream,
                                         at::Device device);

}  // namespace ablate

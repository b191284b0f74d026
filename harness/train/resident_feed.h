// A split that lies on the device, from which batches are gathered by index.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

#include "harness/train/batch_feed.h"
#include "harness/train/collated_update.h"

namespace ablate {

// All sentences of a side, each with SOS and EOS around it, end to end.
class ResidentSide {
 public:
  ResidentSide(const EncodedSide& side, at::Device device);

  // int64 [B, length]: of each sentence of `sentences_B` (int64, on the device) what is left of it
  // without its first `skip` and its last `drop` ids, then PAD. Sentences fit `length`.
  at::Tensor Gather(const at::Tensor& sentences_B, int64_t length, int64_t skip,
                    int64_t drop) const;
  // int64 [N]: of each of them so many ids as the layout says, without its first `skip`; then PAD.
  at::Tensor GatherPacked(const at::Tensor& sentences_B, const TokenLayout& layout,
                          int64_t skip) const;

  const at::Tensor& ids() const { return ids_; }
  const at::Tensor& offsets() const { return offsets_; }

 private:
  at::Tensor ids_;      // int32
  at::Tensor offsets_;  // int64 [sentences + 1]
};

// Of a batch only the indices of its sentences travel to the device.
class ResidentFeed final : public BatchFeed {
 public:
  ResidentFeed(const CollationPlan& plan, BatchStream& stream);

  const UpdateShare& Next() override { return Take(stream_.Next()); }
  const UpdateShare& Make(const Batch& batch) override { return Take(batch); }
  DeviceBatch ToDevice(size_t micro_batch) override;

  const ResidentSide& source() const { return source_; }
  const ResidentSide& target() const { return target_; }

 private:
  const UpdateShare& Take(const Batch& update);
  DeviceBatch Packed(const Batch& batch, const at::Tensor& sentences_B) const;

  const CollationPlan plan_;
  BatchStream& stream_;
  ResidentSide source_, target_;
  UpdateShare share_;
};

}  // namespace ablate

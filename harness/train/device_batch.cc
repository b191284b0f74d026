#include "harness/train/device_batch.h"

#include <algorithm>

namespace ablate {
namespace {

// One copy to the device for all three. Each batch has a tensor of its own, since the device may
// not have read the one before; LibTorch keeps pinned memory until it has.
at::Tensor InOneTensor(const CollatedBatch& batch, bool pin_memory) {
  const size_t size = batch.source.size() + batch.target_in.size() + batch.target_out.size();
  at::Tensor packed = at::empty({static_cast<int64_t>(size)},
                                at::TensorOptions().dtype(at::kLong).pinned_memory(pin_memory));
  auto* out = packed.data_ptr<int64_t>();
  out = std::ranges::copy(batch.source, out).out;
  out = std::ranges::copy(batch.target_in, out).out;
  std::ranges::copy(batch.target_out, out);
  return packed;
}

at::Tensor View(std::vector<int64_t>& ids) {
  return at::from_blob(ids.data(), {std::ssize(ids)}, at::kLong);
}

DeviceBatch WithLayouts(const at::Tensor& source, const at::Tensor& target_in,
                        const at::Tensor& target_out, const CollatedBatch& batch, bool pin_memory) {
  if (!batch.packed) {
    return PaddedBatch(source.view({batch.rows, -1}), target_in.view({batch.rows, -1}),
                       target_out.view({batch.rows, -1}), batch.source_padded);
  }
  return {source, target_in, target_out,
          PackedLayout(batch.source_lengths, source.device(), pin_memory, source.numel()),
          PackedLayout(batch.target_lengths, source.device(), pin_memory, target_in.numel())};
}

}  // namespace

const CollatedBatch& BatchLoader::Load(const Batch& batch) {
  Collate(split_, batch, collated_);
  if (!device_.is_cpu()) in_one_ = InOneTensor(collated_, pin_memory_);
  return collated_;
}

DeviceBatch BatchLoader::ToDevice() {
  CollatedBatch& c = collated_;
  if (device_.is_cpu()) {
    return WithLayouts(View(c.source), View(c.target_in), View(c.target_out), c, pin_memory_);
  }
  const auto source_size = static_cast<int64_t>(c.source.size());
  const auto target_size = static_cast<int64_t>(c.target_in.size());
  const at::Tensor ids = in_one_.to(device_, /*non_blocking=*/true);
  return WithLayouts(ids.narrow(0, 0, source_size), ids.narrow(0, source_size, target_size),
                     ids.narrow(0, source_size + target_size, target_size), c, pin_memory_);
}

}  // namespace ablate

#include "harness/train/device_batch.h"

#include <algorithm>
#include <array>

namespace ablate {
namespace {

// One copy to the device for all three. Each batch has a tensor of its own, since the device may
// not have read the one before; LibTorch keeps pinned memory until it has.
at::Tensor Packed(const CollatedBatch& batch, bool pin_memory) {
  const size_t size = batch.source.size() + batch.target_in.size() + batch.target_out.size();
  at::Tensor packed = at::empty({static_cast<int64_t>(size)},
                                at::TensorOptions().dtype(at::kLong).pinned_memory(pin_memory));
  auto* out = packed.data_ptr<int64_t>();
  out = std::ranges::copy(batch.source, out).out;
  out = std::ranges::copy(batch.target_in, out).out;
  std::ranges::copy(batch.target_out, out);
  return packed;
}

}  // namespace

const CollatedBatch& BatchLoader::Load(const Batch& batch) {
  Collate(split_, batch, collated_);
  if (!device_.is_cpu()) packed_ = Packed(collated_, pin_memory_);
  return collated_;
}

DeviceBatch BatchLoader::ToDevice() {
  CollatedBatch& c = collated_;
  const std::array<int64_t, 2> source_shape = {c.rows, c.source_length};
  const std::array<int64_t, 2> target_shape = {c.rows, c.target_length};
  if (device_.is_cpu()) {
    return {at::from_blob(c.source.data(), source_shape, at::kLong),
            at::from_blob(c.target_in.data(), target_shape, at::kLong),
            at::from_blob(c.target_out.data(), target_shape, at::kLong), c.source_padded};
  }
  const auto source_size = static_cast<int64_t>(c.source.size());
  const auto target_size = static_cast<int64_t>(c.target_in.size());
  const at::Tensor ids = packed_.to(device_, /*non_blocking=*/true);
  return {ids.narrow(0, 0, source_size).view(source_shape),
          ids.narrow(0, source_size, target_size).view(target_shape),
          ids.narrow(0, source_size + target_size, target_size).view(target_shape),
          c.source_padded};
}

}  // namespace ablate

#include "harness/train/device_batch.h"

#include <algorithm>
#include <array>

namespace ablate {

const CollatedBatch& BatchLoader::Load(const Batch& batch) {
  Collate(split_, batch, collated_);
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
  // One copy for all three, from pinned memory, which LibTorch keeps until the device has read it.
  const auto source_size = static_cast<int64_t>(c.source.size());
  const auto target_size = static_cast<int64_t>(c.target_in.size());
  at::Tensor pinned = at::empty({source_size + 2 * target_size},
                                at::TensorOptions().dtype(at::kLong).pinned_memory(true));
  auto* out = pinned.data_ptr<int64_t>();
  out = std::ranges::copy(c.source, out).out;
  out = std::ranges::copy(c.target_in, out).out;
  std::ranges::copy(c.target_out, out);
  const at::Tensor ids = pinned.to(device_, /*non_blocking=*/true);
  return {ids.narrow(0, 0, source_size).view(source_shape),
          ids.narrow(0, source_size, target_size).view(target_shape),
          ids.narrow(0, source_size + target_size, target_size).view(target_shape),
          c.source_padded};
}

}  // namespace ablate

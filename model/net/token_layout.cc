#include "model/net/token_layout.h"

#include <algorithm>
#include <limits>

#include "model/data/vocabulary_spec.h"

namespace ablate {
namespace {

at::Tensor PadMask(const at::Tensor& ids_BL) {
  return at::zeros(ids_BL.sizes(), ids_BL.options().dtype(at::kFloat))
      .masked_fill_(ids_BL == kPad, -std::numeric_limits<float>::infinity())
      .view({ids_BL.size(0), 1, 1, ids_BL.size(1)});
}

at::Tensor OnHost(int64_t size, at::ScalarType type, bool pin_memory) {
  return at::empty({size}, at::TensorOptions().dtype(type).pinned_memory(pin_memory));
}

}  // namespace

TokenLayout PaddedLayout(const at::Tensor& ids_BL, bool padded) {
  TokenLayout layout;
  layout.longest = ids_BL.size(1);
  if (padded) layout.mask = PadMask(ids_BL);
  if (!ids_BL.is_cpu()) return layout;
  const int64_t sentences = ids_BL.size(0);
  layout.first = at::arange(sentences, at::kLong) * layout.longest;
  layout.length = (ids_BL != kPad).sum(1);
  return layout;
}

TokenLayout PackedLayout(const std::vector<int64_t>& lengths, at::Device device, bool pin_memory,
                         int64_t tokens) {
  pin_memory = pin_memory && !device.is_cpu();
  const auto sentences = static_cast<int64_t>(lengths.size());
  TokenLayout layout;
  layout.packed = true;
  layout.longest = *std::ranges::max_element(lengths);
  layout.first = at::empty({sentences}, at::kLong);
  layout.length = at::tensor(lengths, at::kLong);
  at::Tensor offsets = OnHost(sentences + 1, at::kInt, pin_memory);
  auto* first = layout.first.mutable_data_ptr<int64_t>();
  auto* offset = offsets.mutable_data_ptr<int32_t>();
  int64_t end = 0;
  for (int64_t b = 0; b < sentences; ++b) {
    offset[b] = static_cast<int32_t>(first[b] = end);
    end += lengths[b];
  }
  offset[sentences] = static_cast<int32_t>(end);
  TORCH_CHECK(tokens <= end || device.is_cpu(), "packed sentences: tokens of none of them on ",
              device);
  at::Tensor positions = OnHost(std::max(tokens, end), at::kLong, pin_memory);
  auto* position = positions.mutable_data_ptr<int64_t>();
  for (const int64_t length : lengths) {
    for (int64_t i = 0; i < length; ++i) *position++ = i;
  }
  std::fill_n(position, positions.numel() - end, 0);
  layout.offsets = offsets.to(device, /*non_blocking=*/true);
  layout.positions = positions.to(device, /*non_blocking=*/true);
  return layout;
}

}  // namespace ablate

// How the tokens of a batch lie in its tensors: a sentence a row of a rectangle, padded, or one
// sentence after the other with no padding between them.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace ablate {

// Padded, ids are [B, L] and activations [B, L, D]; packed, ids are [N] and activations [N, D], N
// the batch's tokens. Counting all dimensions but the last of activations as one, sentence b holds
// the length[b] rows from first[b] on.
struct TokenLayout {
  bool packed = false;
  int64_t longest = 0;  // L; packed: tokens of the longest sentence

  // On the host, int64 [B]. Padded on another device: undefined, the kernels there do not ask.
  at::Tensor first, length;

  // Packed, on the device: int32 [B + 1], where sentence b is [offsets[b], offsets[b + 1]); int64
  // [N], each token's position in its sentence.
  at::Tensor offsets, positions;

  // Padded: float [B, 1, 1, L] that is added to scores: 0 at tokens, -infinity at PAD. Nothing
  // where there is no PAD, so that kernels without a mask serve.
  std::optional<at::Tensor> mask;
};

// Of ids [B, L]; `padded`: whether there is any PAD, which stands after all tokens of its row.
TokenLayout PaddedLayout(const at::Tensor& ids_BL, bool padded);

// Of sentences of these lengths, in this order, and as many tokens of PAD after them, at position
// 0, as make up `tokens` (0: none), which is for CPUs alone: the kernels of others leave rows of no
// sentence as they find them. The host waits for the copy only where it is not made from
// page-locked memory. No effect of `pin_memory` on a CPU.
TokenLayout PackedLayout(const std::vector<int64_t>& lengths, at::Device device,
                         bool pin_memory = true, int64_t tokens = 0);

}  // namespace ablate

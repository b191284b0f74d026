// How the tokens of a batch lie in its tensors: a sentence a row of a rectangle, padded, or one
// sentence after the other with no padding at all.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <optional>

namespace ablate {

// Padded, ids are [B, L] and activations [B, L, D]; packed, ids are [N] and activations [N, D], N
// the batch's tokens. Sentence b holds the `length[b]` tokens from row `first[b]` on, of the rows
// that the activations have once all dimensions but the last are one.
struct TokenLayout {
  bool packed = false;
  int64_t sentences = 0;  // B
  int64_t longest = 0;    // L; packed: tokens of the longest sentence
  // Packed: int32 [B + 1], on the device: sentence b is [offsets[b], offsets[b + 1]).
  at::Tensor offsets;
  at::Tensor positions;  // packed: int64 [N], on the device: of each token within its sentence
  // On the host, int64 [B]. Undefined where nobody asked for them: a layout made from ids alone.
  at::Tensor first, length;
  // Padded: float [B, 1, 1, L], added to scores; nothing where no token is PAD. See SourceMask.
  std::optional<at::Tensor> mask;
};

// The layout of padded ids [B, L] that only a mask describes: for evaluation and decoding.
// `padded`: whether there is any PAD.
TokenLayout PaddedLayout(const at::Tensor& ids_BL, bool padded);

}  // namespace ablate

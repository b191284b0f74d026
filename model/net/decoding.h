// Translating: the most probable next token, again and again.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

#include "model/net/transformer.h"

namespace ablate {

// Greedy translations of the sources [B, S] (on the model's device; `source_padded`: any PAD in
// them), as target ids without SOS and EOS. A sentence ends at EOS or after max_new_tokens, of
// which there are no more than model.max_length; PAD and SOS never occur in it. Without dropout or
// gradients; the model's mode is restored. Waits for the device once a token.
std::vector<std::vector<int32_t>> GreedyDecode(Transformer& model, const at::Tensor& source_BS,
                                               bool source_padded, int64_t max_new_tokens);

}  // namespace ablate

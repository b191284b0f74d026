// Attention over packed sentences: no PAD between them, no mask. On a CPU the blocked one of
// fused/attention.h, on a GPU LibTorch's flash attention of cumulative lengths (bf16, fp16) or its
// memory-efficient one (other types).
#pragma once

#include <ATen/ATen.h>

#include "model/net/token_layout.h"

namespace ablate {

struct PackedAttentionOptions {
  int64_t heads = 1;
  bool causal = false;
  double dropout = 0;
};

// query_key_value: [N, 3 * D]; to [N, D].
at::Tensor PackedSelfAttention(const at::Tensor& query_key_value, const TokenLayout& layout,
                               const PackedAttentionOptions& options);

// query: [N, D]; key_value: [M, 2 * D], of the same sentences in `key_layout`; to [N, D].
at::Tensor PackedCrossAttention(const at::Tensor& query, const TokenLayout& layout,
                                const at::Tensor& key_value, const TokenLayout& key_layout,
                                const PackedAttentionOptions& options);

// The CPU's attention serves padded layouts too: those of sentences in rectangles.
at::Tensor BlockedSelfAttention(const at::Tensor& query_key_value, const TokenLayout& layout,
                                const PackedAttentionOptions& options);
at::Tensor BlockedCrossAttention(const at::Tensor& query, const TokenLayout& layout,
                                 const at::Tensor& key_value, const TokenLayout& key_layout,
                                 const PackedAttentionOptions& options);

}  // namespace ablate

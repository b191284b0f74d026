#include "model/net/packed_attention.h"

#include <cmath>
#include <vector>

#include "model/net/attention_kernel.h"
#include "model/net/cuda/launch.h"
#include "model/net/dropout.h"
#include "model/net/fused/attention.h"

namespace ablate {
namespace {

fused::AttentionOptions CpuOptions(const PackedAttentionOptions& options) {
  return {.heads = options.heads,
          .causal = options.causal,
          .dropout = options.dropout,
          .seed = options.dropout > 0 ? NextDropoutSeed() : 0};
}

fused::Sequences SequencesOf(const TokenLayout& layout) { return {layout.first, layout.length}; }

// What LibTorch's kernels of packed sentences want the width of a head to be a multiple of.
constexpr int64_t kHeadMultiple = 8;

// [N, parts * D] to `parts` views [N, H, K].
std::vector<at::Tensor> Split(const at::Tensor& x, int64_t parts, int64_t heads) {
  return x.view({x.size(0), parts, heads, -1}).unbind(1);
}

// q, k, v: [tokens, H, K], K a multiple of kHeadMultiple. Returns the same.
at::Tensor AttendPadded(const at::Tensor& q, const TokenLayout& layout, const at::Tensor& k,
                        const at::Tensor& v, const TokenLayout& key_layout,
                        const PackedAttentionOptions& options, double scale) {
  const bool half = q.scalar_type() == at::kBFloat16 || q.scalar_type() == at::kHalf;
  constexpr int64_t kWidestFlashHead = 256;
  constexpr int kOldestFlashDevice = 80;  // sm_80
  const bool flash = half && q.size(2) <= kWidestFlashHead &&
                     cuda::ComputeCapability(q.device()) >= kOldestFlashDevice;
  NoteAttention(flash ? AttentionKernel::kFlash : AttentionKernel::kEfficient);
  if (flash) {
    const auto result = at::_flash_attention_forward(
        q, k, v, layout.offsets, key_layout.offsets, layout.longest, key_layout.longest,
        options.dropout, options.causal, /*return_debug_mask=*/false, scale);
    return std::get<0>(result);
  }
  constexpr int64_t kNoMask = 0, kCausal = 1;
  const auto result = at::_efficient_attention_forward(
      q.unsqueeze(0), k.unsqueeze(0), v.unsqueeze(0), /*bias=*/{}, layout.offsets,
      key_layout.offsets, layout.longest, key_layout.longest, options.dropout,
      options.causal ? kCausal : kNoMask, /*compute_log_sumexp=*/true, scale);
  return std::get<0>(result).squeeze(0);
}

// Zeros beside queries and keys leave their products as they are.
at::Tensor AttendOnGpu(const at::Tensor& q, const TokenLayout& layout, const at::Tensor& k,
                       const at::Tensor& v, const TokenLayout& key_layout,
                       const PackedAttentionOptions& options) {
  const int64_t width = q.size(2);
  const int64_t missing = (kHeadMultiple - width % kHeadMultiple) % kHeadMultiple;
  const auto pad = [&](const at::Tensor& x) {
    return missing == 0 ? x : at::constant_pad_nd(x, {0, missing});
  };
  const double scale = 1 / std::sqrt(static_cast<double>(width));
  return AttendPadded(pad(q), layout, pad(k), pad(v), key_layout, options, scale)
      .narrow(2, 0, width)
      .flatten(1);
}

}  // namespace

at::Tensor BlockedSelfAttention(const at::Tensor& query_key_value, const TokenLayout& layout,
                                const PackedAttentionOptions& options) {
  NoteAttention(AttentionKernel::kBlocked);
  return fused::SelfAttention(query_key_value, SequencesOf(layout), CpuOptions(options));
}

at::Tensor BlockedCrossAttention(const at::Tensor& query, const TokenLayout& layout,
                                 const at::Tensor& key_value, const TokenLayout& key_layout,
                                 const PackedAttentionOptions& options) {
  NoteAttention(AttentionKernel::kBlocked);
  return fused::CrossAttention(query, key_value, SequencesOf(layout), SequencesOf(key_layout),
                               CpuOptions(options));
}

at::Tensor PackedSelfAttention(const at::Tensor& query_key_value, const TokenLayout& layout,
                               const PackedAttentionOptions& options) {
  if (query_key_value.is_cpu()) return BlockedSelfAttention(query_key_value, layout, options);
  const auto qkv = Split(query_key_value, 3, options.heads);
  return AttendOnGpu(qkv[0], layout, qkv[1], qkv[2], layout, options);
}

at::Tensor PackedCrossAttention(const at::Tensor& query, const TokenLayout& layout,
                                const at::Tensor& key_value, const TokenLayout& key_layout,
                                const PackedAttentionOptions& options) {
  if (query.is_cpu()) return BlockedCrossAttention(query, layout, key_value, key_layout, options);
  const auto kv = Split(key_value, 2, options.heads);
  const at::Tensor q = Split(query, 1, options.heads)[0];
  return AttendOnGpu(q, layout, kv[0], kv[1], key_layout, options);
}

}  // namespace ablate

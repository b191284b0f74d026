#include "model/net/attention.h"

#include <cmath>
#include <limits>

#include "model/net/attention_kernel.h"
#include "model/net/dropout.h"

namespace ablate {
namespace {

torch::nn::Linear Projection(const TransformerConfig& config, int64_t parts) {
  return torch::nn::Linear(
      torch::nn::LinearOptions(config.d_model, parts * config.d_model).bias(config.attention_bias));
}

at::Tensor HeadsSideBySide(const at::Tensor& x_BHLK) { return x_BHLK.transpose(1, 2).flatten(2); }

// What LibTorch computes on a CPU once there is dropout, but with masks of our own, which cost less
// and come from this thread's generator.
at::Tensor AttendWithDropout(const at::Tensor& query_BHLK, const KeyValues& memory,
                             const std::optional<at::Tensor>& mask, bool causal, double dropout) {
  const double scale = 1 / std::sqrt(static_cast<double>(query_BHLK.size(-1)));
  at::Tensor scores = at::matmul(query_BHLK * scale, memory.key_BHLK.transpose(-2, -1));
  if (mask) scores = scores + mask->to(scores.scalar_type());
  if (causal) {
    const at::Tensor future =
        at::ones({scores.size(-2), scores.size(-1)}, scores.options().dtype(at::kBool)).triu_(1);
    scores = scores.masked_fill(future, -std::numeric_limits<double>::infinity());
  }
  return at::matmul(Dropout(at::softmax(scores, -1), dropout), memory.value_BHLK);
}

}  // namespace

std::vector<at::Tensor> SplitHeads(const at::Tensor& x, int64_t parts, int64_t heads) {
  return x.view({x.size(0), x.size(1), parts, heads, -1}).permute({2, 0, 3, 1, 4}).unbind(0);
}

at::Tensor DotProductAttention(const at::Tensor& query_BHLK, const KeyValues& memory,
                               const std::optional<at::Tensor>& mask, bool causal, double dropout) {
  if (dropout > 0 && query_BHLK.is_cpu()) {
    NoteAttention(AttentionKernel::kMath);
    return HeadsSideBySide(AttendWithDropout(query_BHLK, memory, mask, causal, dropout));
  }
  std::optional<NoCudnnAttention> no_cudnn;
  if (dropout > 0) no_cudnn.emplace();
  NoteChosenAttention(query_BHLK, memory.key_BHLK, memory.value_BHLK, mask, dropout, causal);
  return HeadsSideBySide(at::scaled_dot_product_attention(
      query_BHLK, memory.key_BHLK, memory.value_BHLK, mask, dropout, causal));
}

SelfAttentionImpl::SelfAttentionImpl(const TransformerConfig& config)
    : heads_(config.heads), dropout_(config.dropout) {
  query_key_value_ = register_module("query_key_value", Projection(config, 3));
  output_ = register_module("output", Projection(config, 1));
}

at::Tensor SelfAttentionImpl::Forward(Kernels& kernels, const at::Tensor& x,
                                      const TokenLayout& layout, bool causal) {
  return kernels.AttendSelf(kernels.Project(x, query_key_value_), layout, heads_, causal,
                            is_training() ? dropout_ : 0);
}

at::Tensor SelfAttentionImpl::Step(const at::Tensor& x_B1D, KeyValues& past) {
  const auto qkv = SplitHeads(query_key_value_(x_B1D), 3, heads_);
  if (past.key_BHLK.defined()) {
    past = {at::cat({past.key_BHLK, qkv[1]}, 2), at::cat({past.value_BHLK, qkv[2]}, 2)};
  } else {
    past = {qkv[1], qkv[2]};
  }
  return DotProductAttention(qkv[0], past, std::nullopt, /*causal=*/false, /*dropout=*/0);
}

CrossAttentionImpl::CrossAttentionImpl(const TransformerConfig& config)
    : heads_(config.heads), dropout_(config.dropout) {
  query_ = register_module("query", Projection(config, 1));
  key_value_ = register_module("key_value", Projection(config, 2));
  output_ = register_module("output", Projection(config, 1));
}

at::Tensor CrossAttentionImpl::Forward(Kernels& kernels, const at::Tensor& x,
                                       const TokenLayout& layout, const at::Tensor& memory,
                                       const TokenLayout& memory_layout) {
  const at::Tensor query = kernels.Project(x, query_);
  const at::Tensor key_value = kernels.Project(memory, key_value_);
  return kernels.AttendCross(query, layout, key_value, memory_layout, heads_,
                             is_training() ? dropout_ : 0);
}

KeyValues CrossAttentionImpl::Project(const at::Tensor& memory_BSD) {
  const auto kv = SplitHeads(key_value_(memory_BSD), 2, heads_);
  return {kv[0], kv[1]};
}

at::Tensor CrossAttentionImpl::Step(const at::Tensor& x_B1D, const KeyValues& memory,
                                    const std::optional<at::Tensor>& mask) {
  const at::Tensor query = SplitHeads(query_(x_B1D), 1, heads_)[0];
  return DotProductAttention(query, memory, mask, /*causal=*/false, /*dropout=*/0);
}

}  // namespace ablate

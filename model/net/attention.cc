#include "model/net/attention.h"

#include <limits>

#include "model/data/vocabulary_spec.h"

namespace ablate {
namespace {

// [B, L, parts * D] to `parts` views [B, H, L, K].
std::vector<at::Tensor> SplitHeads(const at::Tensor& x, int64_t parts, int64_t heads) {
  return x.view({x.size(0), x.size(1), parts, heads, -1}).permute({2, 0, 3, 1, 4}).unbind(0);
}

// [B, L, D], heads side by side.
at::Tensor Attend(const at::Tensor& query_BHLK, const KeyValues& memory,
                  const std::optional<at::Tensor>& mask, double dropout, bool causal = false) {
  return at::scaled_dot_product_attention(query_BHLK, memory.key_BHLK, memory.value_BHLK, mask,
                                          dropout, causal)
      .transpose(1, 2)
      .flatten(2);
}

torch::nn::Linear Projection(const TransformerConfig& config, int64_t parts) {
  return torch::nn::Linear(
      torch::nn::LinearOptions(config.d_model, parts * config.d_model).bias(config.attention_bias));
}

}  // namespace

std::optional<at::Tensor> SourceMask(const at::Tensor& source_BS, bool padded) {
  if (!padded) return std::nullopt;
  return at::zeros(source_BS.sizes(), source_BS.options().dtype(at::kFloat))
      .masked_fill_(source_BS == kPad, -std::numeric_limits<float>::infinity())
      .view({source_BS.size(0), 1, 1, source_BS.size(1)});
}

SelfAttentionImpl::SelfAttentionImpl(const TransformerConfig& config)
    : heads_(config.heads), dropout_(config.dropout) {
  query_key_value_ = register_module("query_key_value", Projection(config, 3));
  output_ = register_module("output", Projection(config, 1));
}

std::vector<at::Tensor> SelfAttentionImpl::Project(const at::Tensor& x_BLD) {
  return SplitHeads(query_key_value_(x_BLD), 3, heads_);
}

at::Tensor SelfAttentionImpl::Forward(const at::Tensor& x_BLD,
                                      const std::optional<at::Tensor>& mask) {
  const auto qkv = Project(x_BLD);
  return output_(Attend(qkv[0], {qkv[1], qkv[2]}, mask, is_training() ? dropout_ : 0));
}

at::Tensor SelfAttentionImpl::ForwardCausal(const at::Tensor& x_BTD) {
  const auto qkv = Project(x_BTD);
  return output_(
      Attend(qkv[0], {qkv[1], qkv[2]}, std::nullopt, is_training() ? dropout_ : 0, true));
}

at::Tensor SelfAttentionImpl::Step(const at::Tensor& x_B1D, KeyValues& past) {
  const auto qkv = Project(x_B1D);
  if (past.key_BHLK.defined()) {
    past = {at::cat({past.key_BHLK, qkv[1]}, 2), at::cat({past.value_BHLK, qkv[2]}, 2)};
  } else {
    past = {qkv[1], qkv[2]};
  }
  return output_(Attend(qkv[0], past, std::nullopt, 0));
}

CrossAttentionImpl::CrossAttentionImpl(const TransformerConfig& config)
    : heads_(config.heads), dropout_(config.dropout) {
  query_ = register_module("query", Projection(config, 1));
  key_value_ = register_module("key_value", Projection(config, 2));
  output_ = register_module("output", Projection(config, 1));
}

KeyValues CrossAttentionImpl::Project(const at::Tensor& memory_BSD) {
  const auto kv = SplitHeads(key_value_(memory_BSD), 2, heads_);
  return {kv[0], kv[1]};
}

at::Tensor CrossAttentionImpl::Forward(const at::Tensor& x_BTD, const KeyValues& memory,
                                       const std::optional<at::Tensor>& mask) {
  const at::Tensor query = SplitHeads(query_(x_BTD), 1, heads_)[0];
  return output_(Attend(query, memory, mask, is_training() ? dropout_ : 0));
}

}  // namespace ablate

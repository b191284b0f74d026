// Multi-head attention (Vaswani et al. 2017) through scaled_dot_product_attention, projections of
// one input merged.
//
// Names carry shapes: B sentences; S source, T target, L any tokens; D d_model; H heads; K = D / H.
#pragma once

#include <torch/torch.h>

#include <optional>

#include "model/net/transformer_config.h"

namespace ablate {

struct KeyValues {
  at::Tensor key_BHLK;
  at::Tensor value_BHLK;
};

// Float mask [B, 1, 1, S] that is added to the scores: 0 at tokens, -infinity at PAD. Nothing where
// `padded` is false, so that kernels without a mask serve. Made once a batch. Only the source needs
// one: in the target PAD stands after all tokens, where the causal mask hides it from them, and
// what is computed at PAD is left out of the loss. Either way every row keeps at least one token to
// attend to, so that softmax stays finite.
std::optional<at::Tensor> SourceMask(const at::Tensor& source_BS, bool padded);

// Queries, keys and values from one input: one product.
class SelfAttentionImpl : public torch::nn::Module {
 public:
  explicit SelfAttentionImpl(const TransformerConfig& config);

  // Every token attends to all of its sentence but what `mask` hides, or to itself and what
  // precedes it.
  at::Tensor Forward(const at::Tensor& x_BLD, const std::optional<at::Tensor>& mask);
  at::Tensor ForwardCausal(const at::Tensor& x_BTD);

  // Causal attention of the one token after those in `past`, which it then joins.
  at::Tensor Step(const at::Tensor& x_B1D, KeyValues& past);

 private:
  std::vector<at::Tensor> Project(const at::Tensor& x_BLD);

  int64_t heads_;
  double dropout_;
  torch::nn::Linear query_key_value_{nullptr};
  torch::nn::Linear output_{nullptr};
};
TORCH_MODULE(SelfAttention);

// Queries from one input; keys and values from another, in one product.
class CrossAttentionImpl : public torch::nn::Module {
 public:
  explicit CrossAttentionImpl(const TransformerConfig& config);

  KeyValues Project(const at::Tensor& memory_BSD);
  at::Tensor Forward(const at::Tensor& x_BTD, const KeyValues& memory,
                     const std::optional<at::Tensor>& mask);

 private:
  int64_t heads_;
  double dropout_;
  torch::nn::Linear query_{nullptr};
  torch::nn::Linear key_value_{nullptr};
  torch::nn::Linear output_{nullptr};
};
TORCH_MODULE(CrossAttention);

}  // namespace ablate

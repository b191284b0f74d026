// Multi-head attention (Vaswani et al. 2017), projections of one input merged. What comes out is
// not yet projected: that ends the residual branch (see Kernels).
//
// Names carry shapes: B sentences; S source, T target, L any tokens; D d_model; H heads; K = D / H.
#pragma once

#include <ATen/ATen.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include <optional>
#include <vector>

#include "model/net/kernels.h"
#include "model/net/token_layout.h"
#include "model/net/transformer_config.h"

namespace ablate {

struct KeyValues {
  at::Tensor key_BHLK;
  at::Tensor value_BHLK;
};

// Queries, keys and values from one input: one product.
class SelfAttentionImpl : public torch::nn::Module {
 public:
  explicit SelfAttentionImpl(const TransformerConfig& config);

  at::Tensor Forward(Kernels& kernels, const at::Tensor& x, const TokenLayout& layout, bool causal);

  // Causal attention of the one token after those in `past`, which it then joins.
  at::Tensor Step(const at::Tensor& x_B1D, KeyValues& past);

  torch::nn::Linear& output() { return output_; }

 private:
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

  at::Tensor Forward(Kernels& kernels, const at::Tensor& x, const TokenLayout& layout,
                     const at::Tensor& memory, const TokenLayout& memory_layout);

  // For decoding: the memory's part, once, and then a token's.
  KeyValues Project(const at::Tensor& memory_BSD);
  at::Tensor Step(const at::Tensor& x_B1D, const KeyValues& memory,
                  const std::optional<at::Tensor>& mask);

  torch::nn::Linear& output() { return output_; }

 private:
  int64_t heads_;
  double dropout_;
  torch::nn::Linear query_{nullptr};
  torch::nn::Linear key_value_{nullptr};
  torch::nn::Linear output_{nullptr};
};
TORCH_MODULE(CrossAttention);

// [B, L, parts * D] to `parts` views [B, H, L, K].
std::vector<at::Tensor> SplitHeads(const at::Tensor& x, int64_t parts, int64_t heads);

// LibTorch's attention; heads come out side by side, [B, L, D]. `mask` is added to the scores.
at::Tensor DotProductAttention(const at::Tensor& query_BHLK, const KeyValues& memory,
                               const std::optional<at::Tensor>& mask, bool causal, double dropout);

}  // namespace ablate

// What the Transformer's stacks are made of. Each branch of a layer stands in a residual
// connection: x + dropout(branch(LayerNorm(x))) with norm "pre", LayerNorm(x + dropout(branch(x)))
// with "post" (Vaswani et al. 2017).
//
// Names carry shapes: B sentences; S source, T target, L any tokens; D d_model.
#pragma once

#include <ATen/ATen.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>
#include <torch/nn/pimpl.h>

#include <optional>

#include "model/net/attention.h"
#include "model/net/transformer_config.h"

namespace ablate {

// Token embeddings times sqrt(D), plus sinusoidal positions (Vaswani et al. 2017, section 3.5),
// then dropout.
class EmbeddingImpl : public torch::nn::Module {
 public:
  EmbeddingImpl(const TransformerConfig& config, int64_t vocabulary);

  // Throws Error beyond max_length.
  at::Tensor Forward(Kernels& kernels, const at::Tensor& ids, const TokenLayout& layout);
  // One token of each sentence at `position`, ids [B, 1], in decoding.
  at::Tensor Step(const at::Tensor& ids_B1, int64_t position);

  const at::Tensor& weight() const { return weight_; }  // [vocabulary, D]

 private:
  void CheckLength(int64_t tokens) const;

  double dropout_;
  at::Tensor weight_;
  at::Tensor positions_;  // [max_length, D]
};
TORCH_MODULE(Embedding);

// dropout(activation(x W1 + b1)) W2 + b2, over HiddenUnits(config). For swiglu (Shazeer 2020) the
// hidden units are silu(x W1 + b1) * (x W3 + b3), both projections in one product. W2 ends the
// residual branch (see Kernels).
class FeedForwardImpl : public torch::nn::Module {
 public:
  explicit FeedForwardImpl(const TransformerConfig& config);
  at::Tensor Hidden(Kernels& kernels, const at::Tensor& x);
  torch::nn::Linear& output() { return output_; }

 private:
  double dropout_;
  Activation activation_;
  torch::nn::Linear hidden_{nullptr};  // swiglu: named gate_hidden, W1 over W3
  torch::nn::Linear output_{nullptr};
};
TORCH_MODULE(FeedForward);

// What the residual connections of a layer have in common.
struct Residual {
  explicit Residual(const TransformerConfig& config)
      : dropout(config.dropout), post_norm(config.norm == "post") {}

  double dropout;
  bool post_norm;
};

class EncoderLayerImpl : public torch::nn::Module {
 public:
  explicit EncoderLayerImpl(const TransformerConfig& config);
  at::Tensor Forward(Kernels& kernels, const at::Tensor& x, const TokenLayout& layout);

 private:
  Residual residual_;
  torch::nn::LayerNorm attention_norm_{nullptr}, feed_forward_norm_{nullptr};
  SelfAttention attention_{nullptr};
  FeedForward feed_forward_{nullptr};
};
TORCH_MODULE(EncoderLayer);

class DecoderLayerImpl : public torch::nn::Module {
 public:
  // What decoding a token at a time keeps: of the tokens so far, and of the memory.
  struct Cache {
    KeyValues past;
    KeyValues memory;
  };

  explicit DecoderLayerImpl(const TransformerConfig& config);
  at::Tensor Forward(Kernels& kernels, const at::Tensor& x, const TokenLayout& layout,
                     const at::Tensor& memory, const TokenLayout& memory_layout);

  Cache StartDecoding(const at::Tensor& memory_BSD);
  at::Tensor Step(const at::Tensor& x_B1D, Cache& cache,
                  const std::optional<at::Tensor>& source_mask);

 private:
  template <typename AttendSelf, typename AttendMemory>
  at::Tensor Run(Kernels& kernels, const at::Tensor& x, const AttendSelf& attend_self,
                 const AttendMemory& attend_memory);

  Residual residual_;
  torch::nn::LayerNorm self_attention_norm_{nullptr}, cross_attention_norm_{nullptr},
      feed_forward_norm_{nullptr};
  SelfAttention self_attention_{nullptr};
  CrossAttention cross_attention_{nullptr};
  FeedForward feed_forward_{nullptr};
};
TORCH_MODULE(DecoderLayer);

}  // namespace ablate

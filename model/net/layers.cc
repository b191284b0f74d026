#include "model/net/layers.h"

#include <cmath>

#include "model/data/vocabulary_spec.h"
#include "model/error.h"
#include "model/net/dropout.h"

namespace ablate {
namespace {

// [max_length, D]: sin in the even columns, cos in the odd ones, wavelengths from 2 pi to 10000 * 2
// pi.
at::Tensor SinusoidalPositions(int64_t max_length, int64_t d_model) {
  const auto position = at::arange(max_length, at::kDouble).unsqueeze(1);
  const auto even = at::arange(0, d_model, 2, at::kDouble);
  const auto angle = position * at::exp(even * (-std::log(10000.0) / static_cast<double>(d_model)));
  const auto pairs = at::stack({angle.sin(), angle.cos()}, 2).flatten(1);
  return pairs.slice(1, 0, d_model).to(at::kFloat).contiguous();
}

torch::nn::LayerNorm Norm(const TransformerConfig& config) {
  return torch::nn::LayerNorm(torch::nn::LayerNormOptions({config.d_model}));
}

}  // namespace

EmbeddingImpl::EmbeddingImpl(const TransformerConfig& config, int64_t vocabulary)
    : dropout_(config.dropout) {
  weight_ = register_parameter("weight", at::empty({vocabulary, config.d_model}));
  positions_ = register_buffer("positions", SinusoidalPositions(config.max_length, config.d_model));
}

at::Tensor EmbeddingImpl::Forward(const at::Tensor& ids_BL, int64_t first_position) {
  const int64_t end = first_position + ids_BL.size(1);
  if (end > positions_.size(0)) {
    throw Error("A sentence of " + std::to_string(end) +
                " tokens is longer than model.max_length: " + std::to_string(positions_.size(0)) +
                "; raise it, or filter the corpus");
  }
  const auto embedded = at::embedding(weight_, ids_BL, /*padding_idx=*/kPad);
  const double scale = std::sqrt(static_cast<double>(weight_.size(1)));
  return Dropout(at::add(positions_.slice(0, first_position, end), embedded, scale), dropout_,
                 is_training());
}

FeedForwardImpl::FeedForwardImpl(const TransformerConfig& config)
    : dropout_(config.dropout), gelu_(config.activation == "gelu") {
  hidden_ = register_module("hidden", torch::nn::Linear(config.d_model, config.d_ff));
  output_ = register_module("output", torch::nn::Linear(config.d_ff, config.d_model));
}

at::Tensor FeedForwardImpl::Forward(const at::Tensor& x_BLD) {
  const auto hidden = hidden_(x_BLD);
  return output_(Dropout(gelu_ ? at::gelu(hidden) : at::relu(hidden), dropout_, is_training()));
}

EncoderLayerImpl::EncoderLayerImpl(const TransformerConfig& config) : dropout_(config.dropout) {
  attention_norm_ = register_module("attention_norm", Norm(config));
  attention_ = register_module("attention", SelfAttention(config));
  feed_forward_norm_ = register_module("feed_forward_norm", Norm(config));
  feed_forward_ = register_module("feed_forward", FeedForward(config));
}

at::Tensor EncoderLayerImpl::Forward(const at::Tensor& x_BSD,
                                     const std::optional<at::Tensor>& source_mask) {
  const auto attended = attention_->Forward(attention_norm_(x_BSD), source_mask);
  const auto x = x_BSD + Dropout(attended, dropout_, is_training());
  const auto fed = feed_forward_->Forward(feed_forward_norm_(x));
  return x + Dropout(fed, dropout_, is_training());
}

DecoderLayerImpl::DecoderLayerImpl(const TransformerConfig& config) : dropout_(config.dropout) {
  self_attention_norm_ = register_module("self_attention_norm", Norm(config));
  self_attention_ = register_module("self_attention", SelfAttention(config));
  cross_attention_norm_ = register_module("cross_attention_norm", Norm(config));
  cross_attention_ = register_module("cross_attention", CrossAttention(config));
  feed_forward_norm_ = register_module("feed_forward_norm", Norm(config));
  feed_forward_ = register_module("feed_forward", FeedForward(config));
}

at::Tensor DecoderLayerImpl::Forward(const at::Tensor& x_BTD, const at::Tensor& memory_BSD,
                                     const std::optional<at::Tensor>& source_mask) {
  const auto attended = self_attention_->ForwardCausal(self_attention_norm_(x_BTD));
  return Finish(x_BTD + Dropout(attended, dropout_, is_training()),
                cross_attention_->Project(memory_BSD), source_mask);
}

DecoderLayerImpl::Cache DecoderLayerImpl::StartDecoding(const at::Tensor& memory_BSD) {
  return {.past = {}, .memory = cross_attention_->Project(memory_BSD)};
}

at::Tensor DecoderLayerImpl::Step(const at::Tensor& x_B1D, Cache& cache,
                                  const std::optional<at::Tensor>& source_mask) {
  const auto attended = self_attention_->Step(self_attention_norm_(x_B1D), cache.past);
  return Finish(x_B1D + attended, cache.memory, source_mask);
}

at::Tensor DecoderLayerImpl::Finish(const at::Tensor& x_BTD, const KeyValues& memory,
                                    const std::optional<at::Tensor>& source_mask) {
  const auto attended =
      cross_attention_->Forward(cross_attention_norm_(x_BTD), memory, source_mask);
  const auto x = x_BTD + Dropout(attended, dropout_, is_training());
  const auto fed = feed_forward_->Forward(feed_forward_norm_(x));
  return x + Dropout(fed, dropout_, is_training());
}

}  // namespace ablate

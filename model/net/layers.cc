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

template <typename Branch>
at::Tensor Connect(const Residual& residual, torch::nn::LayerNorm& norm, const at::Tensor& x,
                   const Branch& branch) {
  const auto drop = [&](const at::Tensor& y) {
    return Dropout(y, residual.dropout, norm->is_training());
  };
  if (residual.post_norm) return norm(x + drop(branch(x)));
  return x + drop(branch(norm(x)));
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
    : dropout_(config.dropout), activation_(ActivationOf(config)) {
  const int64_t units = HiddenUnits(config);
  const bool gated = activation_ == Activation::kSwiGlu;
  hidden_ = register_module(gated ? "gate_hidden" : "hidden",
                            torch::nn::Linear(config.d_model, gated ? 2 * units : units));
  output_ = register_module("output", torch::nn::Linear(units, config.d_model));
}

FeedForwardImpl::Activation FeedForwardImpl::ActivationOf(const TransformerConfig& config) {
  if (config.activation == "swiglu") return Activation::kSwiGlu;
  return config.activation == "gelu" ? Activation::kGelu : Activation::kRelu;
}

at::Tensor FeedForwardImpl::Hidden(const at::Tensor& x_BLD) {
  const auto hidden = hidden_(x_BLD);
  if (activation_ == Activation::kRelu) return at::relu(hidden);
  if (activation_ == Activation::kGelu) return at::gelu(hidden);
  const auto halves = hidden.chunk(2, -1);
  return at::silu(halves[0]) * halves[1];
}

at::Tensor FeedForwardImpl::Forward(const at::Tensor& x_BLD) {
  return output_(Dropout(Hidden(x_BLD), dropout_, is_training()));
}

EncoderLayerImpl::EncoderLayerImpl(const TransformerConfig& config) : residual_(config) {
  attention_norm_ = register_module("attention_norm", Norm(config));
  attention_ = register_module("attention", SelfAttention(config));
  feed_forward_norm_ = register_module("feed_forward_norm", Norm(config));
  feed_forward_ = register_module("feed_forward", FeedForward(config));
}

at::Tensor EncoderLayerImpl::Forward(const at::Tensor& x_BSD,
                                     const std::optional<at::Tensor>& source_mask) {
  const auto attend = [&](const at::Tensor& x) { return attention_->Forward(x, source_mask); };
  const auto feed = [&](const at::Tensor& x) { return feed_forward_->Forward(x); };
  const auto attended = Connect(residual_, attention_norm_, x_BSD, attend);
  return Connect(residual_, feed_forward_norm_, attended, feed);
}

DecoderLayerImpl::DecoderLayerImpl(const TransformerConfig& config) : residual_(config) {
  self_attention_norm_ = register_module("self_attention_norm", Norm(config));
  self_attention_ = register_module("self_attention", SelfAttention(config));
  cross_attention_norm_ = register_module("cross_attention_norm", Norm(config));
  cross_attention_ = register_module("cross_attention", CrossAttention(config));
  feed_forward_norm_ = register_module("feed_forward_norm", Norm(config));
  feed_forward_ = register_module("feed_forward", FeedForward(config));
}

at::Tensor DecoderLayerImpl::Forward(const at::Tensor& x_BTD, const at::Tensor& memory_BSD,
                                     const std::optional<at::Tensor>& source_mask) {
  const auto attend = [&](const at::Tensor& x) { return self_attention_->ForwardCausal(x); };
  return Finish(Connect(residual_, self_attention_norm_, x_BTD, attend),
                cross_attention_->Project(memory_BSD), source_mask);
}

DecoderLayerImpl::Cache DecoderLayerImpl::StartDecoding(const at::Tensor& memory_BSD) {
  return {.past = {}, .memory = cross_attention_->Project(memory_BSD)};
}

at::Tensor DecoderLayerImpl::Step(const at::Tensor& x_B1D, Cache& cache,
                                  const std::optional<at::Tensor>& source_mask) {
  const auto attend = [&](const at::Tensor& x) { return self_attention_->Step(x, cache.past); };
  return Finish(Connect(residual_, self_attention_norm_, x_B1D, attend), cache.memory, source_mask);
}

at::Tensor DecoderLayerImpl::Finish(const at::Tensor& x_BTD, const KeyValues& memory,
                                    const std::optional<at::Tensor>& source_mask) {
  const auto attend = [&](const at::Tensor& x) {
    return cross_attention_->Forward(x, memory, source_mask);
  };
  const auto feed = [&](const at::Tensor& x) { return feed_forward_->Forward(x); };
  const auto attended = Connect(residual_, cross_attention_norm_, x_BTD, attend);
  return Connect(residual_, feed_forward_norm_, attended, feed);
}

}  // namespace ablate

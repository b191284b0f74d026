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

// The branches of a layer, one after the other: what a branch takes is the sum so far, normalised
// before it ("pre") or at the end of the branch before ("post").
class Branches {
 public:
  Branches(Kernels& kernels, const Residual& residual, const at::Tensor& x,
           torch::nn::LayerNorm& first_norm)
      : kernels_(kernels), residual_(residual), dropout_(0), x_(x) {
    input_ = residual.post_norm ? x : kernels.Norm(x, first_norm, NormFeeds::kProduct);
    dropout_ = first_norm->is_training() ? residual.dropout : 0;
  }

  const at::Tensor& input() const { return input_; }

  // Ends a branch, before another: `own` is its norm, `next` that of the other.
  void End(const at::Tensor& hidden, torch::nn::Linear& output, torch::nn::LayerNorm& own,
           torch::nn::LayerNorm& next) {
    if (residual_.post_norm) {
      x_ = input_ = EndNormalised(hidden, output, own);
      return;
    }
    const auto [sum, normed] =
        kernels_.EndBranchAndNorm(x_, hidden, output, dropout_, next, NormFeeds::kProduct);
    x_ = sum;
    input_ = normed;
  }

  // Ends the last one.
  at::Tensor Finish(const at::Tensor& hidden, torch::nn::Linear& output,
                    torch::nn::LayerNorm& own) {
    if (residual_.post_norm) return EndNormalised(hidden, output, own);
    return kernels_.EndBranch(x_, hidden, output, dropout_);
  }

 private:
  at::Tensor EndNormalised(const at::Tensor& hidden, torch::nn::Linear& output,
                           torch::nn::LayerNorm& norm) {
    return kernels_.EndBranchAndNorm(x_, hidden, output, dropout_, norm, NormFeeds::kSum).normed;
  }

  Kernels& kernels_;
  const Residual& residual_;
  double dropout_;
  at::Tensor x_, input_;
};

}  // namespace

EmbeddingImpl::EmbeddingImpl(const TransformerConfig& config, int64_t vocabulary)
    : dropout_(config.dropout) {
  weight_ = register_parameter("weight", at::empty({vocabulary, config.d_model}));
  positions_ = register_buffer("positions", SinusoidalPositions(config.max_length, config.d_model));
}

void EmbeddingImpl::CheckLength(int64_t tokens) const {
  if (tokens <= positions_.size(0)) return;
  throw Error("A sentence of " + std::to_string(tokens) +
              " tokens is longer than model.max_length: " + std::to_string(positions_.size(0)) +
              "; raise it, or filter the corpus");
}

at::Tensor EmbeddingImpl::Forward(Kernels& kernels, const at::Tensor& ids,
                                  const TokenLayout& layout) {
  CheckLength(layout.longest);
  return kernels.Embed(weight_, ids, layout, positions_, is_training() ? dropout_ : 0);
}

at::Tensor EmbeddingImpl::Step(const at::Tensor& ids_B1, int64_t position) {
  CheckLength(position + 1);
  const auto embedded = at::embedding(weight_, ids_B1, /*padding_idx=*/kPad);
  const double scale = std::sqrt(static_cast<double>(weight_.size(1)));
  return at::add(positions_.slice(0, position, position + 1), embedded, scale);
}

FeedForwardImpl::FeedForwardImpl(const TransformerConfig& config)
    : dropout_(config.dropout), activation_(ActivationOf(config)) {
  const int64_t units = HiddenUnits(config);
  const bool gated = activation_ == Activation::kSwiGlu;
  hidden_ = register_module(gated ? "gate_hidden" : "hidden",
                            torch::nn::Linear(config.d_model, gated ? 2 * units : units));
  output_ = register_module("output", torch::nn::Linear(units, config.d_model));
}

at::Tensor FeedForwardImpl::Hidden(Kernels& kernels, const at::Tensor& x) {
  return kernels.Hidden(x, hidden_, activation_, is_training() ? dropout_ : 0);
}

EncoderLayerImpl::EncoderLayerImpl(const TransformerConfig& config) : residual_(config) {
  attention_norm_ = register_module("attention_norm", Norm(config));
  attention_ = register_module("attention", SelfAttention(config));
  feed_forward_norm_ = register_module("feed_forward_norm", Norm(config));
  feed_forward_ = register_module("feed_forward", FeedForward(config));
}

at::Tensor EncoderLayerImpl::Forward(Kernels& kernels, const at::Tensor& x,
                                     const TokenLayout& layout) {
  Branches branches(kernels, residual_, x, attention_norm_);
  branches.End(attention_->Forward(kernels, branches.input(), layout, /*causal=*/false),
               attention_->output(), attention_norm_, feed_forward_norm_);
  return branches.Finish(feed_forward_->Hidden(kernels, branches.input()), feed_forward_->output(),
                         feed_forward_norm_);
}

DecoderLayerImpl::DecoderLayerImpl(const TransformerConfig& config) : residual_(config) {
  self_attention_norm_ = register_module("self_attention_norm", Norm(config));
  self_attention_ = register_module("self_attention", SelfAttention(config));
  cross_attention_norm_ = register_module("cross_attention_norm", Norm(config));
  cross_attention_ = register_module("cross_attention", CrossAttention(config));
  feed_forward_norm_ = register_module("feed_forward_norm", Norm(config));
  feed_forward_ = register_module("feed_forward", FeedForward(config));
}

template <typename AttendSelf, typename AttendMemory>
at::Tensor DecoderLayerImpl::Run(Kernels& kernels, const at::Tensor& x,
                                 const AttendSelf& attend_self, const AttendMemory& attend_memory) {
  Branches branches(kernels, residual_, x, self_attention_norm_);
  branches.End(attend_self(branches.input()), self_attention_->output(), self_attention_norm_,
               cross_attention_norm_);
  branches.End(attend_memory(branches.input()), cross_attention_->output(), cross_attention_norm_,
               feed_forward_norm_);
  return branches.Finish(feed_forward_->Hidden(kernels, branches.input()), feed_forward_->output(),
                         feed_forward_norm_);
}

at::Tensor DecoderLayerImpl::Forward(Kernels& kernels, const at::Tensor& x,
                                     const TokenLayout& layout, const at::Tensor& memory,
                                     const TokenLayout& memory_layout) {
  const auto attend_self = [&](const at::Tensor& input) {
    return self_attention_->Forward(kernels, input, layout, /*causal=*/true);
  };
  const auto attend_memory = [&](const at::Tensor& input) {
    return cross_attention_->Forward(kernels, input, layout, memory, memory_layout);
  };
  return Run(kernels, x, attend_self, attend_memory);
}

DecoderLayerImpl::Cache DecoderLayerImpl::StartDecoding(const at::Tensor& memory_BSD) {
  return {.past = {}, .memory = cross_attention_->Project(memory_BSD)};
}

at::Tensor DecoderLayerImpl::Step(const at::Tensor& x_B1D, Cache& cache,
                                  const std::optional<at::Tensor>& source_mask) {
  const auto attend_self = [&](const at::Tensor& input) {
    return self_attention_->Step(input, cache.past);
  };
  const auto attend_memory = [&](const at::Tensor& input) {
    return cross_attention_->Step(input, cache.memory, source_mask);
  };
  return Run(ReferenceKernels(), x_B1D, attend_self, attend_memory);
}

}  // namespace ablate

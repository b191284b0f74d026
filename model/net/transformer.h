// The encoder-decoder Transformer that is trained: pre- or post-norm, with layers that depths may
// share.
//
// Names carry shapes: B sentences; S source, T target tokens; D d_model; V target vocabulary. Names
// without one are of padded or packed batches alike (see TokenLayout).
#pragma once

#include <ATen/ATen.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/normalization.h>
#include <torch/nn/pimpl.h>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "model/net/kernels.h"
#include "model/net/layers.h"
#include "model/net/token_layout.h"
#include "model/net/transformer_config.h"

namespace ablate {

struct ParameterCounts {
  int64_t total = 0;      // as if every depth had its own layer
  int64_t unique = 0;     // that exist
  int64_t embedding = 0;  // of those, in the embedding tables
};

// A layer of either stack as a function of its inputs, the first of which is the hidden states;
// what else it reads are its parameters, the mask, and the random generators.
using LayerFunction = std::function<at::Tensor(const std::vector<at::Tensor>& inputs)>;

// How a layer is run, in place of being called: `depth` counts within its stack, `parameters` are
// the layer's. Returns what `layer` returns.
using LayerRunner =
    std::function<at::Tensor(int64_t depth, const std::vector<at::Tensor>& parameters,
                             const LayerFunction& layer, const std::vector<at::Tensor>& inputs)>;

class TransformerImpl : public torch::nn::Module {
 public:
  // Float32, on the CPU, in training mode. Depth d of encoder and of decoder uses layer
  // layer_of_depth[d] of its pool; empty: each depth its own. Every layer of a pool is used.
  // `config` has passed Check.
  //
  // Matrices are Xavier-uniform (each projection by itself, merged or not), embeddings normal(0,
  // D^-0.5), biases zero. A parameter's values depend on `init_seed` and its name alone: models
  // that share layers differently start with the same layers, as far as they have them.
  TransformerImpl(const TransformerConfig& config, int64_t source_vocabulary,
                  int64_t target_vocabulary, uint64_t init_seed,
                  const std::vector<int64_t>& layer_of_depth = {});

  // Ids int64, in either layout, to the memory, rows of D in the same. Throws Error beyond
  // config.max_length.
  at::Tensor Encode(const at::Tensor& source, const TokenLayout& layout);
  // Ids int64, SOS first, and the memory to hidden states, from each of which the next token
  // follows.
  at::Tensor Decode(const at::Tensor& target_in, const TokenLayout& layout,
                    const at::Tensor& memory, const TokenLayout& memory_layout);
  // The steps that Encode and Decode are made of, for who runs some of them elsewhere or otherwise:
  // embed, each depth's layer, finish.
  at::Tensor EmbedSource(const at::Tensor& source, const TokenLayout& layout);
  at::Tensor RunEncoderLayer(int64_t depth, const at::Tensor& x, const TokenLayout& layout);
  at::Tensor FinishEncoder(const at::Tensor& x);
  at::Tensor EmbedTarget(const at::Tensor& target_in, const TokenLayout& layout);
  at::Tensor RunDecoderLayer(int64_t depth, const at::Tensor& x, const TokenLayout& layout,
                             const at::Tensor& memory, const TokenLayout& memory_layout);
  at::Tensor FinishDecoder(const at::Tensor& x);
  // Layers are run by `runner` from now on, in training mode alone; nullptr: called.
  void RunLayersBy(LayerRunner runner) { runner_ = std::move(runner); }
  // What all but decoding is computed with from now on.
  void ComputeWith(std::shared_ptr<Kernels> kernels);
  // To be called before the parameters are computed with, where they may have changed since:
  // whether they have, their version counters say, or another place in memory.
  void ParametersChanged();
  // Gradients of embedding tables may be of rows from now on, but not of one that is the output
  // projection too: see Kernels.
  void TakeRowGradients();

  // Hidden states to unnormalised log-probabilities, rows of V.
  at::Tensor Logits(const at::Tensor& hidden);
  // The loss of the hidden states' logits against the targets, an id a row.
  TokenLoss Loss(const at::Tensor& hidden, const at::Tensor& targets, const LossOptions& options);

  // Decoding a token at a time: a cache per depth, and the hidden state [B, 1, D] after the token
  // ids [B, 1] at `position`. In evaluation mode it gives what Decode gives at that position.
  using Cache = std::vector<DecoderLayerImpl::Cache>;
  Cache StartDecoding(const at::Tensor& memory_BSD);
  at::Tensor DecodeStep(const at::Tensor& token_B1, int64_t position, Cache& cache,
                        const std::optional<at::Tensor>& source_mask);

  // Another model on the memory of this one's parameters, with gradients of its own. Layers are run
  // by the same runner, with the same kernels.
  std::shared_ptr<TransformerImpl> Twin() const;

  const TransformerConfig& config() const { return config_; }
  ParameterCounts CountParameters() const;

 private:
  // Without values: Linear's are those that LibTorch draws.
  TransformerImpl(const TransformerConfig& config, int64_t source_vocabulary,
                  int64_t target_vocabulary, const std::vector<int64_t>& layer_of_depth);
  at::Tensor RunLayer(int64_t depth, const torch::nn::Module& module, const LayerFunction& layer,
                      const std::vector<at::Tensor>& inputs) const;

  TransformerConfig config_;
  std::vector<int64_t> layer_of_depth_;
  Embedding source_embedding_{nullptr}, target_embedding_{nullptr};
  std::vector<EncoderLayer> encoder_;  // the pools
  std::vector<DecoderLayer> decoder_;
  // After the stacks; empty with norm "post", whose layers end in one.
  torch::nn::LayerNorm encoder_norm_{nullptr}, decoder_norm_{nullptr};
  at::Tensor projection_;  // [V, D], the target embedding where tied
  at::Tensor projection_bias_;
  LayerRunner runner_;
  std::shared_ptr<Kernels> kernels_;
  std::vector<std::pair<const void*, uint32_t>> versions_;  // of the parameters: where, and which
};
TORCH_MODULE(Transformer);

}  // namespace ablate

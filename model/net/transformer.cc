#include "model/net/transformer.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "model/random.h"

namespace ablate {
namespace {

std::vector<int64_t> LayerOfDepth(const TransformerConfig& config,
                                  const std::vector<int64_t>& layer_of_depth) {
  if (!layer_of_depth.empty()) return layer_of_depth;
  std::vector<int64_t> own(config.layers);
  std::iota(own.begin(), own.end(), 0);
  return own;
}

void CheckSharing(const TransformerConfig& config, const std::vector<int64_t>& layer_of_depth) {
  TORCH_CHECK(static_cast<int64_t>(layer_of_depth.size()) == config.layers,
              "a layer for each depth");
  const int64_t pool = *std::max_element(layer_of_depth.begin(), layer_of_depth.end()) + 1;
  for (int64_t layer = 0; layer < pool; ++layer) {
    TORCH_CHECK(std::count(layer_of_depth.begin(), layer_of_depth.end(), layer) > 0, "layer ",
                layer, " is used at no depth");
  }
}

int64_t Elements(const torch::nn::Module& module) {
  int64_t elements = 0;
  for (const auto& parameter : module.parameters()) elements += parameter.numel();
  return elements;
}

// How many projections of one input the weight stacks.
int64_t Projections(const std::string& name) {
  const auto has = [&](const char* part) { return name.find(part) != std::string::npos; };
  if (has("query_key_value")) return 3;
  return has("key_value") || has("gate_hidden") ? 2 : 1;
}

// Each of merged projections is initialised by itself.
double XavierBound(const std::string& name, const at::Tensor& weight) {
  const int64_t fan_in = weight.size(1);
  const int64_t fan_out = weight.size(0) / Projections(name);
  return std::sqrt(6.0 / static_cast<double>(fan_in + fan_out));
}

void Initialize(torch::nn::Module& model, uint64_t seed) {
  const at::NoGradGuard no_grad;
  for (auto& parameter : model.named_parameters()) {
    const std::string& name = parameter.key();
    at::Tensor& values = parameter.value();
    if (name.find("norm") != std::string::npos) continue;  // LayerNorm starts as the identity.
    const auto generator = at::make_generator<at::CPUGeneratorImpl>(StreamSeed(seed, name));
    if (values.dim() == 1) {
      values.zero_();
    } else if (name.find("embedding") != std::string::npos) {
      values.normal_(0, 1 / std::sqrt(static_cast<double>(values.size(1))), generator);
    } else {
      const double bound = XavierBound(name, values);
      values.uniform_(-bound, bound, generator);
    }
  }
}

}  // namespace

TransformerImpl::TransformerImpl(const TransformerConfig& config, int64_t source_vocabulary,
                                 int64_t target_vocabulary, uint64_t init_seed,
                                 const std::vector<int64_t>& layer_of_depth)
    : TransformerImpl(config, source_vocabulary, target_vocabulary, layer_of_depth) {
  Initialize(*this, init_seed);
}

TransformerImpl::TransformerImpl(const TransformerConfig& config, int64_t source_vocabulary,
                                 int64_t target_vocabulary,
                                 const std::vector<int64_t>& layer_of_depth)
    : config_(config),
      layer_of_depth_(LayerOfDepth(config, layer_of_depth)),
      kernels_(&ReferenceKernels(), [](Kernels*) {}) {
  CheckSharing(config_, layer_of_depth_);
  source_embedding_ = register_module("source_embedding", Embedding(config, source_vocabulary));
  target_embedding_ = register_module("target_embedding", Embedding(config, target_vocabulary));
  const int64_t pool = *std::max_element(layer_of_depth_.begin(), layer_of_depth_.end()) + 1;
  for (int64_t i = 0; i < pool; ++i) {
    encoder_.push_back(register_module("encoder_" + std::to_string(i), EncoderLayer(config)));
    decoder_.push_back(register_module("decoder_" + std::to_string(i), DecoderLayer(config)));
  }
  if (config.norm == "pre") {
    const torch::nn::LayerNormOptions norm({config.d_model});
    encoder_norm_ = register_module("encoder_norm", torch::nn::LayerNorm(norm));
    decoder_norm_ = register_module("decoder_norm", torch::nn::LayerNorm(norm));
  }
  projection_ =
      config.tied_embeddings
          ? target_embedding_->weight()
          : register_parameter("projection_weight", at::empty({target_vocabulary, config.d_model}));
  projection_bias_ = register_parameter("projection_bias", at::empty({target_vocabulary}));
}

at::Tensor TransformerImpl::Encode(const at::Tensor& source, const TokenLayout& layout) {
  at::Tensor x = EmbedSource(source, layout);
  for (int64_t depth = 0; depth < config_.layers; ++depth) x = RunEncoderLayer(depth, x, layout);
  return FinishEncoder(x);
}

at::Tensor TransformerImpl::Decode(const at::Tensor& target_in, const TokenLayout& layout,
                                   const at::Tensor& memory, const TokenLayout& memory_layout) {
  at::Tensor x = EmbedTarget(target_in, layout);
  for (int64_t depth = 0; depth < config_.layers; ++depth) {
    x = RunDecoderLayer(depth, x, layout, memory, memory_layout);
  }
  return FinishDecoder(x);
}

at::Tensor TransformerImpl::EmbedSource(const at::Tensor& source, const TokenLayout& layout) {
  return source_embedding_->Forward(*kernels_, source, layout);
}

at::Tensor TransformerImpl::RunEncoderLayer(int64_t depth, const at::Tensor& x,
                                            const TokenLayout& layout) {
  EncoderLayer layer = encoder_[layer_of_depth_[depth]];
  const auto run = [layer, layout,
                    kernels = kernels_](const std::vector<at::Tensor>& inputs) mutable {
    return layer->Forward(*kernels, inputs[0], layout);
  };
  return RunLayer(depth, *layer, run, {x});
}

at::Tensor TransformerImpl::FinishEncoder(const at::Tensor& x) {
  // Every decoder layer takes the memory, and gradients are summed in the type of what they are of.
  return encoder_norm_ ? kernels_->Norm(x, encoder_norm_, NormFeeds::kSum) : x;
}

at::Tensor TransformerImpl::EmbedTarget(const at::Tensor& target_in, const TokenLayout& layout) {
  return target_embedding_->Forward(*kernels_, target_in, layout);
}

at::Tensor TransformerImpl::RunDecoderLayer(int64_t depth, const at::Tensor& x,
                                            const TokenLayout& layout, const at::Tensor& memory,
                                            const TokenLayout& memory_layout) {
  DecoderLayer layer = decoder_[layer_of_depth_[depth]];
  const auto run = [layer, layout, memory_layout,
                    kernels = kernels_](const std::vector<at::Tensor>& inputs) mutable {
    return layer->Forward(*kernels, inputs[0], layout, inputs[1], memory_layout);
  };
  return RunLayer(depth, *layer, run, {x, memory});
}

at::Tensor TransformerImpl::FinishDecoder(const at::Tensor& x) {
  return decoder_norm_ ? kernels_->Norm(x, decoder_norm_, NormFeeds::kProduct) : x;
}

void TransformerImpl::ComputeWith(std::shared_ptr<Kernels> kernels) {
  kernels_ = std::move(kernels);
  versions_.clear();
}

void TransformerImpl::ParametersChanged() {
  std::vector<std::pair<const void*, uint32_t>> versions;
  for (const at::Tensor& parameter : parameters()) {
    versions.emplace_back(parameter.const_data_ptr(), parameter._version());
  }
  if (versions == versions_) return;
  versions_ = std::move(versions);
  kernels_->ParametersChanged();
}

void TransformerImpl::TakeRowGradients() {
  kernels_->TakeRowGradients(source_embedding_->weight());
  if (!config_.tied_embeddings) kernels_->TakeRowGradients(target_embedding_->weight());
}

at::Tensor TransformerImpl::RunLayer(int64_t depth, const torch::nn::Module& module,
                                     const LayerFunction& layer,
                                     const std::vector<at::Tensor>& inputs) const {
  if (!runner_ || !is_training()) return layer(inputs);
  return runner_(depth, module.parameters(), layer, inputs);
}

at::Tensor TransformerImpl::Logits(const at::Tensor& hidden) {
  return at::linear(hidden, projection_, projection_bias_);
}

TokenLoss TransformerImpl::Loss(const at::Tensor& hidden, const at::Tensor& targets,
                                const LossOptions& options) {
  return kernels_->ProjectionLoss(hidden, projection_, projection_bias_, targets, options);
}

TransformerImpl::Cache TransformerImpl::StartDecoding(const at::Tensor& memory_BSD) {
  Cache cache;
  for (const int64_t layer : layer_of_depth_) {
    cache.push_back(decoder_[layer]->StartDecoding(memory_BSD));
  }
  return cache;
}

at::Tensor TransformerImpl::DecodeStep(const at::Tensor& token_B1, int64_t position, Cache& cache,
                                       const std::optional<at::Tensor>& source_mask) {
  at::Tensor x_B1D = target_embedding_->Step(token_B1, position);
  for (size_t depth = 0; depth < cache.size(); ++depth) {
    x_B1D = decoder_[layer_of_depth_[depth]]->Step(x_B1D, cache[depth], source_mask);
  }
  return decoder_norm_ ? decoder_norm_(x_B1D) : x_B1D;
}

std::shared_ptr<TransformerImpl> TransformerImpl::Twin() const {
  const std::shared_ptr<TransformerImpl> twin(
      new TransformerImpl(config_, source_embedding_->weight().size(0),
                          target_embedding_->weight().size(0), layer_of_depth_));
  const auto share = [](const std::vector<at::Tensor>& mine, std::vector<at::Tensor> its) {
    for (size_t i = 0; i < mine.size(); ++i) its[i].set_data(mine[i].detach());
  };
  share(parameters(), twin->parameters());
  share(buffers(), twin->buffers());
  twin->train(is_training());
  twin->RunLayersBy(runner_);
  twin->ComputeWith(kernels_);
  return twin;
}

ParameterCounts TransformerImpl::CountParameters() const {
  ParameterCounts counts;
  counts.unique = Elements(*this);
  counts.total = counts.unique;
  const auto pool = static_cast<int64_t>(encoder_.size());
  counts.total +=
      (config_.layers - pool) * (Elements(*encoder_.front()) + Elements(*decoder_.front()));
  counts.embedding = source_embedding_->weight().numel() + target_embedding_->weight().numel();
  return counts;
}

}  // namespace ablate

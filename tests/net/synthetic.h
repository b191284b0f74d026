// Models and batches for tests, made of nothing but a seed.
#pragma once

#include <ATen/ATen.h>

#include "model/net/transformer.h"

namespace ablate::testing {

inline constexpr int64_t kSourceVocabulary = 41;
inline constexpr int64_t kTargetVocabulary = 53;

// d_model 32, 2 layers, 4 heads, d_ff 48, no dropout.
TransformerConfig SmallConfig();

// A model on one thread (more would only wait for each other) whose biases and norms are not what
// they start with, so that tests see them.
Transformer SmallModel(const TransformerConfig& config,
                       const std::vector<int64_t>& layer_of_depth = {});

struct TensorBatch {
  at::Tensor source;      // [B, S] SOS tokens EOS PAD…
  at::Tensor target_in;   // [B, T] SOS tokens PAD…
  at::Tensor target_out;  // [B, T] tokens EOS PAD…
};

// Six sentences of up to 9 source and 7 target positions; all of full length unless `padded`, and
// then all but the first of less. `extra_padding` columns of PAD more in each.
TensorBatch SyntheticBatch(bool padded, int64_t extra_padding = 0);

}  // namespace ablate::testing

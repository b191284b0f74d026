#include "tests/net/synthetic.h"

#include "model/data/vocabulary_spec.h"
#include "model/random.h"

namespace ablate::testing {
namespace {

// A row of `width` ids: `first`, `tokens`, `last`, PAD…; a negative first or last is left out.
void FillRow(at::Tensor row, int64_t first, const std::vector<int64_t>& tokens, int64_t last) {
  int64_t column = 0;
  if (first >= 0) row[column++] = first;
  for (const int64_t token : tokens) row[column++] = token;
  if (last >= 0) row[column++] = last;
}

std::vector<int64_t> Tokens(Random& random, int64_t length, int64_t vocabulary) {
  std::vector<int64_t> tokens;
  for (int64_t i = 0; i < length; ++i) {
    tokens.push_back(kSpecials + static_cast<int64_t>(random.Below(vocabulary - kSpecials)));
  }
  return tokens;
}

}  // namespace

TransformerConfig SmallConfig() {
  TransformerConfig config;
  config.d_model = 32;
  config.layers = 2;
  config.heads = 4;
  config.d_ff = 48;
  config.dropout = 0;
  config.max_length = 64;
  return config;
}

Transformer SmallModel(const TransformerConfig& config,
                       const std::vector<int64_t>& layer_of_depth) {
  at::set_num_threads(1);
  Transformer model(config, kSourceVocabulary, kTargetVocabulary, /*init_seed=*/7, layer_of_depth);
  const at::NoGradGuard no_grad;
  at::manual_seed(11);
  for (auto& parameter : model->parameters()) {
    if (parameter.dim() == 1) parameter.add_(at::randn_like(parameter), 0.1);
  }
  return model;
}

TensorBatch SyntheticBatch(bool padded, int64_t extra_padding) {
  constexpr int64_t kRows = 6;
  constexpr int64_t kSourceTokens = 7;
  constexpr int64_t kTargetTokens = 6;
  const auto blank = [&](int64_t width) {
    return at::full({kRows, width + extra_padding}, kPad, at::kLong);
  };
  TensorBatch batch = {blank(kSourceTokens + 2), blank(kTargetTokens + 1),
                       blank(kTargetTokens + 1)};
  Random random(3);
  for (int64_t row = 0; row < kRows; ++row) {
    const int64_t cut = padded ? row : 0;
    const auto source = Tokens(random, kSourceTokens - cut, kSourceVocabulary);
    const auto target = Tokens(random, kTargetTokens - cut, kTargetVocabulary);
    FillRow(batch.source[row], kSos, source, kEos);
    FillRow(batch.target_in[row], kSos, target, -1);
    FillRow(batch.target_out[row], -1, target, kEos);
  }
  return batch;
}

}  // namespace ablate::testing

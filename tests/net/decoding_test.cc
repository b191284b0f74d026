#include "model/net/decoding.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "model/data/vocabulary_spec.h"
#include "tests/net/synthetic.h"

namespace ablate {
namespace {

using testing::SmallConfig;
using testing::SmallModel;
using testing::SyntheticBatch;

// One sentence at a time, unpadded, the whole prefix through the decoder for each token.
std::vector<int32_t> NaiveDecode(Transformer& model, const at::Tensor& source_S,
                                 int64_t max_new_tokens) {
  const auto source_1S = source_S.masked_select(source_S != kPad).unsqueeze(0);
  const TokenLayout source = PaddedLayout(source_1S, false);
  const auto memory = model->Encode(source_1S, source);
  std::vector<int64_t> prefix = {kSos};
  while (static_cast<int64_t>(prefix.size()) <= max_new_tokens) {
    const auto target_1T = at::tensor(prefix, at::kLong).unsqueeze(0);
    const auto hidden = model->Decode(target_1T, PaddedLayout(target_1T, false), memory, source);
    auto logits = model->Logits(hidden).select(1, -1).flatten();
    logits[kPad] = logits[kSos] = -1e30;
    const auto token = logits.argmax().item<int64_t>();
    if (token == kEos) break;
    prefix.push_back(token);
  }
  return {prefix.begin() + 1, prefix.end()};
}

// Likes the end of a sentence enough for some to end soon, and PAD and SOS even more.
Transformer ModelThatEnds(const TransformerConfig& config,
                          const std::vector<int64_t>& layer_of_depth = {}) {
  Transformer model = SmallModel(config, layer_of_depth);
  const at::NoGradGuard no_grad;
  at::Tensor bias = model->named_parameters()["projection_bias"];
  bias[kEos] += 0.9;
  bias[kPad] += 50;
  bias[kSos] += 50;
  return model;
}

void ExpectEqualToNaive(Transformer model, bool padded) {
  constexpr int64_t kMaxNewTokens = 30;
  const auto source = SyntheticBatch(padded).source;
  const auto decoded = GreedyDecode(model, source, padded, kMaxNewTokens);
  const at::NoGradGuard no_grad;
  ASSERT_EQ(static_cast<int64_t>(decoded.size()), source.size(0));
  for (int64_t row = 0; row < source.size(0); ++row) {
    EXPECT_EQ(decoded[row], NaiveDecode(model, source[row], kMaxNewTokens)) << row;
  }
}

TEST(GreedyDecodeTest, EqualsDecodingEachPrefixAnew) {
  ExpectEqualToNaive(ModelThatEnds(SmallConfig()), false);
}

TEST(GreedyDecodeTest, PaddedSourcesDecodeAsIfAlone) {
  ExpectEqualToNaive(ModelThatEnds(SmallConfig()), true);
}

TEST(GreedyDecodeTest, SharedLayersKeepACacheADepth) {
  TransformerConfig config = SmallConfig();
  config.layers = 3;
  config.attention_bias = false;
  ExpectEqualToNaive(ModelThatEnds(config, {0, 1, 0}), true);
}

TEST(GreedyDecodeTest, PostNormLayersWithSwigluDecodeAlike) {
  TransformerConfig config = SmallConfig();
  config.norm = "post";
  config.activation = "swiglu";
  ExpectEqualToNaive(ModelThatEnds(config, {0, 0}), true);
}

TEST(GreedyDecodeTest, SentencesEndApartAndHoldNoSpecials) {
  Transformer model = ModelThatEnds(SmallConfig());
  const auto decoded = GreedyDecode(model, SyntheticBatch(true).source, true, 30);
  std::vector<size_t> lengths;
  for (const auto& sentence : decoded) {
    lengths.push_back(sentence.size());
    for (const int32_t special : {kPad, kSos, kEos}) {
      EXPECT_EQ(std::count(sentence.begin(), sentence.end(), special), 0);
    }
  }
  EXPECT_NE(*std::min_element(lengths.begin(), lengths.end()),
            *std::max_element(lengths.begin(), lengths.end()));
}

TEST(GreedyDecodeTest, StopsAtTheLimitAndAtMaxLength) {
  TransformerConfig config = SmallConfig();
  config.max_length = 12;
  Transformer model = SmallModel(config);
  const at::NoGradGuard no_grad;
  model->named_parameters()["projection_bias"][kEos] -= 100;
  const auto source = SyntheticBatch(false).source;
  for (const auto& [limit, length] : {std::pair{0, 0}, {5, 5}, {100, 12}}) {
    for (const auto& sentence : GreedyDecode(model, source, false, limit)) {
      EXPECT_EQ(static_cast<int>(sentence.size()), length);
    }
  }
}

TEST(GreedyDecodeTest, RestoresTheModeAndUsesNoDropout) {
  TransformerConfig config = SmallConfig();
  config.dropout = 0.5;
  Transformer model = ModelThatEnds(config);
  const auto source = SyntheticBatch(true).source;
  const auto first = GreedyDecode(model, source, true, 30);
  EXPECT_TRUE(model->is_training());
  EXPECT_EQ(first, GreedyDecode(model, source, true, 30));
  model->eval();
  GreedyDecode(model, source, true, 5);
  EXPECT_FALSE(model->is_training());
}

}  // namespace
}  // namespace ablate

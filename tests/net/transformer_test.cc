#include "model/net/transformer.h"

#include <ATen/autocast_mode.h>
#include <gtest/gtest.h>

#include <cmath>

#include "model/error.h"
#include "model/net/loss.h"
#include "tests/net/synthetic.h"

namespace ablate {
namespace {

using testing::SmallConfig;
using testing::SmallModel;
using testing::SyntheticBatch;
using testing::TensorBatch;

at::Tensor Logits(Transformer& model, const TensorBatch& batch, bool padded) {
  const auto source = PaddedLayout(batch.source, padded);
  const auto target = PaddedLayout(batch.target_out, false);
  return model->Logits(
      model->Decode(batch.target_in, target, model->Encode(batch.source, source), source));
}

at::Tensor EncodeUnpadded(Transformer& model) {
  const at::Tensor source = SyntheticBatch(false).source;
  return model->Encode(source, PaddedLayout(source, false));
}

double MeanLoss(Transformer& model, const TensorBatch& batch, bool padded) {
  const TokenLoss loss =
      CrossEntropy(Logits(model, batch, padded), batch.target_out, {.label_smoothing = 0.1});
  return (loss.sum / loss.count).item<double>();
}

double RelativeError(const at::Tensor& got, const at::Tensor& expected) {
  return ((got - expected).norm() / expected.norm()).item<double>();
}

TEST(PaddedLayoutTest, MaskHidesPadAndNothingElse) {
  const auto source = at::tensor({2, 9, 3, 2, 3, 1}, at::kLong).view({2, 3});
  const auto mask = PaddedLayout(source, true).mask;
  ASSERT_TRUE(mask.has_value());
  const double hidden = -std::numeric_limits<double>::infinity();
  EXPECT_TRUE(mask->equal(at::tensor({0.0, 0.0, 0.0, 0.0, 0.0, hidden}).view({2, 1, 1, 3})));
}

TEST(PaddedLayoutTest, HasNoMaskWhereNothingIsPadded) {
  EXPECT_FALSE(PaddedLayout(SyntheticBatch(false).source, false).mask.has_value());
}

TEST(PaddedLayoutTest, KnowsWhereSentencesLie) {
  const auto source = at::tensor({2, 9, 3, 2, 3, 1}, at::kLong).view({2, 3});
  const TokenLayout layout = PaddedLayout(source, true);
  EXPECT_TRUE(layout.first.equal(at::tensor({0, 3}, at::kLong)));
  EXPECT_TRUE(layout.length.equal(at::tensor({3, 2}, at::kLong)));
  EXPECT_EQ(layout.longest, 3);
}

TEST(PackedLayoutTest, EndsWithTokensOfNoSentence) {
  const TokenLayout layout = PackedLayout({3, 1}, at::kCPU, /*pin_memory=*/false, /*tokens=*/7);
  EXPECT_TRUE(at::equal(layout.positions, at::tensor(std::vector<int64_t>{0, 1, 2, 0, 0, 0, 0})));
  EXPECT_EQ(layout.offsets[-1].item<int32_t>(), 4);
  EXPECT_EQ(layout.longest, 3);
}

TEST(PackedLayoutTest, KnowsWhereSentencesLie) {
  const TokenLayout layout = PackedLayout({3, 1, 2}, at::kCPU);
  EXPECT_TRUE(layout.packed);
  EXPECT_EQ(layout.longest, 3);
  EXPECT_TRUE(layout.first.equal(at::tensor({0, 3, 4}, at::kLong)));
  EXPECT_TRUE(layout.length.equal(at::tensor({3, 1, 2}, at::kLong)));
  EXPECT_TRUE(layout.offsets.equal(at::tensor({0, 3, 4, 6}, at::kInt)));
  EXPECT_TRUE(layout.positions.equal(at::tensor({0, 1, 2, 0, 0, 1}, at::kLong)));
}

TEST(TransformerTest, PaddingChangesNeitherLossNorGradients) {
  Transformer model = SmallModel(SmallConfig());
  std::vector<double> losses;
  std::vector<std::vector<at::Tensor>> gradients;
  for (const int64_t extra : {0, 20}) {
    const TensorBatch batch = SyntheticBatch(true, extra);
    model->zero_grad();
    const TokenLoss loss =
        CrossEntropy(Logits(model, batch, true), batch.target_out, {.label_smoothing = 0.1});
    loss.sum.backward();
    losses.push_back(loss.sum.item<double>());
    gradients.emplace_back();
    for (const auto& parameter : model->parameters()) {
      gradients.back().push_back(parameter.grad().clone());
    }
  }
  EXPECT_NEAR(losses[0], losses[1], 1e-5 * losses[0]);
  for (size_t i = 0; i < gradients[0].size(); ++i) {
    EXPECT_LT(RelativeError(gradients[1][i], gradients[0][i]), 1e-5) << i;
  }
}

TEST(TransformerTest, AMaskThatHidesNothingChangesNothing) {
  Transformer model = SmallModel(SmallConfig());
  const TensorBatch batch = SyntheticBatch(false);
  EXPECT_LT(RelativeError(Logits(model, batch, true), Logits(model, batch, false)), 1e-6);
}

TEST(TransformerTest, ATokenSeesNothingOfWhatFollowsIt) {
  Transformer model = SmallModel(SmallConfig());
  TensorBatch batch = SyntheticBatch(false);
  const auto before = Logits(model, batch, false);
  batch.target_in.select(1, 4).fill_(9);
  const auto after = Logits(model, batch, false);
  EXPECT_TRUE(before.slice(1, 0, 4).allclose(after.slice(1, 0, 4), 1e-6, 1e-6));
  EXPECT_FALSE(before.slice(1, 4).allclose(after.slice(1, 4), 1e-2, 1e-2));
}

TEST(TransformerTest, SharedLayersExistOnce) {
  TransformerConfig config = SmallConfig();
  config.layers = 6;
  const auto count = [&](const std::vector<int64_t>& layer_of_depth) {
    return SmallModel(config, layer_of_depth)->CountParameters();
  };
  const ParameterCounts own = count({});
  const ParameterCounts cycle = count({0, 1, 2, 0, 1, 2});
  const ParameterCounts universal = count({0, 0, 0, 0, 0, 0});

  EXPECT_EQ(own.unique, own.total);
  EXPECT_EQ(cycle.total, own.total);
  EXPECT_EQ(universal.total, own.total);
  const int64_t d = config.d_model;
  const int64_t feed_forward = 2 * d * config.d_ff + config.d_ff + d;
  const int64_t encoder_layer = 4 * (d * d + d) + feed_forward + 2 * 2 * d;
  const int64_t decoder_layer = 8 * (d * d + d) + feed_forward + 3 * 2 * d;
  EXPECT_EQ(own.unique - cycle.unique, 3 * (encoder_layer + decoder_layer));
  EXPECT_EQ(own.unique - universal.unique, 5 * (encoder_layer + decoder_layer));
  EXPECT_EQ(own.embedding, (testing::kSourceVocabulary + testing::kTargetVocabulary) * d);
  EXPECT_EQ(own.unique, 6 * (encoder_layer + decoder_layer) + own.embedding + 2 * 2 * d +
                            testing::kTargetVocabulary * (d + 1));
}

TEST(TransformerTest, TiedEmbeddingsAreOneMatrix) {
  TransformerConfig config = SmallConfig();
  const int64_t apart = SmallModel(config)->CountParameters().unique;
  config.tied_embeddings = true;
  EXPECT_EQ(apart - SmallModel(config)->CountParameters().unique,
            testing::kTargetVocabulary * config.d_model);
}

TEST(TransformerTest, SwigluHasAboutAsManyParametersAsOthers) {
  TransformerConfig config = SmallConfig();
  config.d_ff = 96;
  const int64_t relu = SmallModel(config)->CountParameters().unique;
  config.activation = "swiglu";
  const int64_t swiglu = SmallModel(config)->CountParameters().unique;
  // Exact but for biases: 2 * 64 in place of 96 a block, of which there are four.
  EXPECT_EQ(swiglu - relu, 4 * (2 * 64 - 96));
}

TEST(TransformerTest, PostNormHasNoNormsAfterTheStacks) {
  TransformerConfig config = SmallConfig();
  const int64_t pre = SmallModel(config)->CountParameters().unique;
  config.norm = "post";
  EXPECT_EQ(pre - SmallModel(config)->CountParameters().unique, 2 * 2 * config.d_model);
}

TEST(TransformerTest, PostNormStacksEndNormalised) {
  TransformerConfig config = SmallConfig();
  config.norm = "post";
  Transformer model(config, testing::kSourceVocabulary, testing::kTargetVocabulary, 1);
  const auto memory = EncodeUnpadded(model);
  EXPECT_TRUE(memory.mean(-1).abs().lt(1e-5).all().item<bool>());
  EXPECT_TRUE((memory.var(-1, /*unbiased=*/false) - 1).abs().lt(1e-3).all().item<bool>());
}

TEST(TransformerTest, SharingIsRefusedWhereItLeavesALayerUnused) {
  EXPECT_THROW(SmallModel(SmallConfig(), {1, 1}), c10::Error);
  EXPECT_THROW(SmallModel(SmallConfig(), {0, 0, 0}), c10::Error);
}

TEST(InitializationTest, DependsOnSeedAndNameAlone) {
  TransformerConfig config = SmallConfig();
  config.layers = 4;
  const auto make = [&](uint64_t seed, const std::vector<int64_t>& layer_of_depth) {
    at::manual_seed(at::randint(1000, {1}).item<int64_t>());
    return Transformer(config, testing::kSourceVocabulary, testing::kTargetVocabulary, seed,
                       layer_of_depth);
  };
  const auto own = make(5, {})->named_parameters();
  const auto cycle = make(5, {0, 1, 0, 1})->named_parameters();
  EXPECT_LT(cycle.size(), own.size());
  for (const auto& parameter : cycle) {
    EXPECT_TRUE(parameter.value().equal(own[parameter.key()])) << parameter.key();
  }
  const auto other = make(6, {})->named_parameters();
  EXPECT_FALSE(other["projection_weight"].equal(own["projection_weight"]));
  EXPECT_FALSE(own["encoder_0.feed_forward.hidden.weight"].equal(
      own["encoder_1.feed_forward.hidden.weight"]));
}

TEST(InitializationTest, HasTheStatedDistributions) {
  TransformerConfig config = SmallConfig();
  config.d_model = 128;
  config.d_ff = 256;
  Transformer model(config, 2000, 1000, 1);
  const auto parameters = model->named_parameters();
  const auto largest = [&](const char* name) {
    return parameters[name].abs().max().item<double>();
  };
  const auto xavier = [](double in, double out) { return std::sqrt(6 / (in + out)); };
  // The largest of thousands of uniform numbers is close under the bound.
  const auto expect_bound = [&](const char* name, double bound) {
    EXPECT_LE(largest(name), bound * (1 + 1e-6)) << name;
    EXPECT_GT(largest(name), bound * 0.99) << name;
  };
  expect_bound("encoder_0.attention.query_key_value.weight", xavier(128, 128));
  expect_bound("decoder_1.cross_attention.key_value.weight", xavier(128, 128));
  expect_bound("decoder_1.cross_attention.output.weight", xavier(128, 128));
  expect_bound("encoder_1.feed_forward.hidden.weight", xavier(128, 256));
  expect_bound("projection_weight", xavier(128, 1000));
  config.activation = "swiglu";
  config.d_ff = 384;
  const auto gated = Transformer(config, 50, 50, 1)->named_parameters();
  const at::Tensor gate_hidden = gated["encoder_0.feed_forward.gate_hidden.weight"];
  EXPECT_EQ(gate_hidden.sizes(), (std::vector<int64_t>{2 * 256, 128}));
  EXPECT_LE(gate_hidden.abs().max().item<double>(), xavier(128, 256) * (1 + 1e-6));
  EXPECT_GT(gate_hidden.abs().max().item<double>(), xavier(128, 256) * 0.99);
  EXPECT_NEAR(parameters["source_embedding.weight"].std().item<double>(), 1 / std::sqrt(128), 1e-3);
  EXPECT_EQ(largest("encoder_0.attention.query_key_value.bias"), 0);
  EXPECT_EQ(largest("projection_bias"), 0);
  EXPECT_TRUE(parameters["decoder_norm.weight"].eq(1).all().item<bool>());
}

TEST(TransformerTest, RefusesASentenceBeyondMaxLength) {
  TransformerConfig config = SmallConfig();
  config.max_length = 8;
  Transformer model = SmallModel(config);
  try {
    EncodeUnpadded(model);
    FAIL() << "nine tokens went through";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("model.max_length: 8"), std::string::npos);
  }
}

TEST(TransformerTest, DropsOutInTrainingOnly) {
  TransformerConfig config = SmallConfig();
  config.dropout = 0.3;
  Transformer model = SmallModel(config);
  const TensorBatch batch = SyntheticBatch(true);
  EXPECT_NE(MeanLoss(model, batch, true), MeanLoss(model, batch, true));
  model->eval();
  EXPECT_EQ(MeanLoss(model, batch, true), MeanLoss(model, batch, true));
}

TEST(TransformerTest, RunsUnderAutocastWithAFloat32Loss) {
  Transformer model = SmallModel(SmallConfig());
  const TensorBatch batch = SyntheticBatch(true);
  const double expected = MeanLoss(model, batch, true);
  at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
  at::autocast::set_autocast_enabled(at::kCPU, true);
  const auto logits = Logits(model, batch, true);
  const TokenLoss loss = CrossEntropy(logits, batch.target_out, {.label_smoothing = 0.1});
  at::autocast::set_autocast_enabled(at::kCPU, false);
  at::autocast::clear_cache();

  EXPECT_EQ(logits.scalar_type(), at::kBFloat16);
  EXPECT_EQ(loss.sum.scalar_type(), at::kFloat);
  EXPECT_NEAR((loss.sum / loss.count).item<double>(), expected, 0.02 * expected);
  loss.sum.backward();
  for (const auto& parameter : model->parameters()) {
    EXPECT_EQ(parameter.grad().scalar_type(), at::kFloat);
    EXPECT_TRUE(parameter.grad().isfinite().all().item<bool>());
  }
}

}  // namespace
}  // namespace ablate

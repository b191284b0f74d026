#include "model/net/flops.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/process.h"

namespace ablate {
namespace {

TransformerConfig Config(const std::string& activation = "relu") {
  TransformerConfig config;
  config.activation = activation;
  config.d_model = 24;
  config.layers = 3;
  config.heads = 2;
  config.d_ff = 40;
  return config;
}

// What PyTorch counts of an update of Config(activation) on 5 sentences of 7 and 9 tokens.
std::string Update(const std::string& activation) {
  return nlohmann::json{{"d_model", 24},
                        {"layers", 3},
                        {"heads", 2},
                        {"d_ff", 40},
                        {"activation", activation},
                        {"norm", "pre"},
                        {"tied_embeddings", false},
                        {"attention_bias", true},
                        {"layer_of_depth", {0, 1, 0}},
                        {"source_vocabulary", 30},
                        {"target_vocabulary", 37},
                        {"sentences", 5},
                        {"source_length", 7},
                        {"target_length", 9}}
      .dump();
}

TEST(FlopsTest, CountsWhatPyTorchCountsOfAPaddedBatch) {
  const auto counted = nlohmann::json::parse(
      testing::RunPython("tests/net/transformer.py", {"flops", Update("relu"), Update("swiglu")}));
  const TokenCounts tokens = {5, 5 * 7, 5 * 9};
  EXPECT_EQ(TrainingFlops(Config(), 37, tokens), counted[0].get<double>());
  EXPECT_EQ(TrainingFlops(Config("swiglu"), 37, tokens), counted[1].get<double>());
}

TEST(FlopsTest, GrowsInProportionToBatchesOfTheSameShape) {
  EXPECT_DOUBLE_EQ(TrainingFlops(Config(), 37, {10, 70, 90}),
                   2 * TrainingFlops(Config(), 37, {5, 35, 45}));
}

TEST(FlopsTest, IsNothingForNoSentences) { EXPECT_EQ(TrainingFlops(Config(), 37, {}), 0); }

}  // namespace
}  // namespace ablate

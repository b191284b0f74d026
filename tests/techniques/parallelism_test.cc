#include "techniques/parallelism.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "model/error.h"

namespace ablate {
namespace {

using ::testing::HasSubstr;
using ::testing::Property;
using ::testing::ThrowsMessage;

Recipe Applied(std::string_view level, const nlohmann::json& options = nlohmann::json::object(),
               Recipe recipe = {}) {
  ParallelismTechnique().Apply(level, options, recipe);
  return recipe;
}

TEST(ParallelismTest, NoneIsOneProcess) {
  EXPECT_EQ(Applied("none").parallelism.kind, Parallelism::Kind::kNone);
  EXPECT_EQ(Applied("none").parallelism.processes, 1);
}

TEST(ParallelismTest, DataSharesTheBatch) {
  const Recipe recipe = Applied("data", {{"processes", 4}, {"bucket_mb", 1}, {"timeout_s", 10}});
  EXPECT_EQ(recipe.parallelism.kind, Parallelism::Kind::kData);
  EXPECT_EQ(recipe.parallelism.processes, 4);
  EXPECT_EQ(recipe.parallelism.bucket_mb, 1);
  EXPECT_EQ(recipe.parallelism.timeout_s, 10);
  EXPECT_EQ(recipe.batching.batch_size, Recipe().batching.batch_size);
}

TEST(ParallelismTest, WeakScalingGivesEveryProcessAWholeBatch) {
  Recipe recipe;
  recipe.batching.batch_size = 8;
  recipe.batching.max_tokens = 1000;
  recipe = Applied("data", {{"processes", 3}, {"scaling", "weak"}}, recipe);
  EXPECT_EQ(recipe.batching.batch_size, 24);
  EXPECT_EQ(recipe.batching.max_tokens, 3000);
}

TEST(ParallelismTest, ModelCutsTheLayers) {
  const Recipe recipe = Applied("model");
  EXPECT_EQ(recipe.parallelism.kind, Parallelism::Kind::kModel);
  EXPECT_EQ(recipe.parallelism.processes, 2);
  EXPECT_EQ(recipe.parallelism.micro_batches, 4);
}

TEST(ParallelismTest, RefusesMoreStagesThanLayers) {
  Recipe recipe;
  recipe.model.layers = 2;
  EXPECT_NO_THROW(Applied("model", {{"processes", 4}}, recipe));
  EXPECT_THAT(
      [&] {
        Applied("model", {{"processes", 5}}, recipe);
      },
      ThrowsMessage<Error>(HasSubstr("as many layers")));
}

TEST(ParallelismTest, RefusesMorePartsThanSentences) {
  Recipe recipe;
  recipe.batching.batch_size = 4;
  EXPECT_NO_THROW(Applied("data", {{"processes", 4}}, recipe));
  EXPECT_THAT(
      [&] {
        Applied("data", {{"processes", 5}}, recipe);
      },
      ThrowsMessage<Error>(HasSubstr("training.batch_size 4")));
  EXPECT_THAT(
      [&] {
        Applied("model", {{"micro_batches", 5}}, recipe);
      },
      ThrowsMessage<Error>(HasSubstr("training.batch_size 4")));
  EXPECT_NO_THROW(Applied("data", {{"processes", 5}, {"scaling", "weak"}}, recipe));
}

TEST(ParallelismTest, OneProcessIsOutOfRange) {
  for (const char* level : {"data", "model"}) {
    const auto& options = FindLevel(ParallelismTechnique(), level)->options;
    EXPECT_EQ(options.front().name, "processes");
    EXPECT_EQ(options.front().minimum, 2);
  }
}

}  // namespace
}  // namespace ablate

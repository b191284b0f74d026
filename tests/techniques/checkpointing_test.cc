#include "techniques/checkpointing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "model/error.h"

namespace ablate {
namespace {

using ::testing::ElementsAre;

Checkpointing Applied(std::string_view level, int64_t layers,
                      const nlohmann::json& options = nlohmann::json::object()) {
  Recipe recipe;
  recipe.model.layers = layers;
  CheckpointingTechnique().Apply(level, options, recipe);
  return recipe.checkpointing;
}

std::vector<int64_t> RecomputedOfSix(const Checkpointing& checkpointing) {
  std::vector<int64_t> depths;
  for (int64_t depth = 0; depth < 6; ++depth) {
    if (IsRecomputed(checkpointing, depth)) depths.push_back(depth);
  }
  return depths;
}

TEST(CheckpointingTest, RecomputesTheFirstOfEveryGroupOfLayers) {
  EXPECT_THAT(RecomputedOfSix(Applied("none", 6)), ElementsAre());
  EXPECT_THAT(RecomputedOfSix(Applied("layers", 6)), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(RecomputedOfSix(Applied("layers", 6, {{"every", 2}})), ElementsAre(0, 2, 4));
  EXPECT_THAT(RecomputedOfSix(Applied("layers", 6, {{"every", 4}})), ElementsAre(0, 4));
  EXPECT_THAT(RecomputedOfSix(Applied("layers", 6, {{"every", 6}})), ElementsAre(0));
}

TEST(CheckpointingTest, RefusesGroupsOfMoreLayersThanThereAre) {
  try {
    Applied("layers", 3, {{"every", 4}});
    FAIL() << "four of three layers went through";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "every is 4, but the model has 3 layers; give at most as many");
  }
}

}  // namespace
}  // namespace ablate

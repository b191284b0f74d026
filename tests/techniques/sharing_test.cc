#include "techniques/sharing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "harness/plan/plan.h"
#include "model/error.h"

namespace ablate {
namespace {

using ::testing::ElementsAre;

std::vector<int64_t> Applied(std::string_view level, int64_t layers,
                             const nlohmann::json& options) {
  Recipe recipe;
  recipe.model.layers = layers;
  SharingTechnique().Apply(level, options, recipe);
  return recipe.sharing.layer_of_depth;
}

TEST(SharingTest, EachLevelMapsDepthsAsDefined) {
  EXPECT_THAT(LayerOfDepth("none", 6, 3), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(LayerOfDepth("universal", 6, 3), ElementsAre(0, 0, 0, 0, 0, 0));
  EXPECT_THAT(LayerOfDepth("sequence", 6, 3), ElementsAre(0, 0, 1, 1, 2, 2));
  EXPECT_THAT(LayerOfDepth("cycle", 6, 3), ElementsAre(0, 1, 2, 0, 1, 2));
  EXPECT_THAT(LayerOfDepth("cycle_rev", 6, 3), ElementsAre(0, 1, 2, 2, 1, 0));
  EXPECT_THAT(LayerOfDepth("cycle_rev", 6, 2), ElementsAre(0, 1, 0, 1, 1, 0));
}

TEST(SharingTest, UnevenCountsUseEverySet) {
  EXPECT_THAT(LayerOfDepth("sequence", 5, 2), ElementsAre(0, 0, 0, 1, 1));
  EXPECT_THAT(LayerOfDepth("cycle", 5, 2), ElementsAre(0, 1, 0, 1, 0));
  EXPECT_THAT(LayerOfDepth("cycle_rev", 4, 3), ElementsAre(0, 2, 1, 0));
}

TEST(SharingTest, UniqueDefaultsToHalfOfTheLayersRoundedUp) {
  EXPECT_THAT(Applied("cycle", 3, nlohmann::json::object()), ElementsAre(0, 1, 0));
  EXPECT_THAT(Applied("cycle", 6, nlohmann::json::object()), ElementsAre(0, 1, 2, 0, 1, 2));
  EXPECT_THAT(Applied("cycle", 6, {{"unique", 2}}), ElementsAre(0, 1, 0, 1, 0, 1));
}

TEST(SharingTest, RefusesMoreSetsThanLayers) {
  EXPECT_THROW(Applied("cycle", 3, {{"unique", 4}}), Error);
}

// Depth and parameter sets of each cell that a shipped suite runs, by its level of sharing.
struct Stack {
  std::string sharing;
  int64_t layers;
  std::vector<int64_t> layer_of_depth;

  bool operator==(const Stack&) const = default;
};

std::vector<Stack> StacksOf(const std::string& suite) {
  std::vector<Stack> stacks;
  const std::string file = ABLATE_SOURCE_DIR "/suites/" + suite + ".json";
  for (const Cell& cell : MakePlan(LoadSuite(file)).cells) {
    if (!cell.skip_reason.empty()) continue;
    const Recipe recipe = MakeRecipe(cell.settings());
    const std::string level = cell.settings().techniques.at("sharing").at("name").get<std::string>();
    stacks.push_back({level, recipe.model.layers, recipe.sharing.layer_of_depth});
  }
  return stacks;
}

TEST(SharingSuitesTest, SharingDepthHoldsTheDepth) {
  EXPECT_THAT(
      StacksOf("sharing_depth"),
      ElementsAre(Stack{"none", 6, {0, 1, 2, 3, 4, 5}}, Stack{"universal", 6, {0, 0, 0, 0, 0, 0}},
                  Stack{"cycle", 6, {0, 1, 2, 0, 1, 2}}, Stack{"sequence", 6, {0, 0, 1, 1, 2, 2}},
                  Stack{"cycle_rev", 6, {0, 1, 2, 2, 1, 0}}));
}

TEST(SharingSuitesTest, SharingParametersHoldsTheParametersButForTheUpperReference) {
  EXPECT_THAT(
      StacksOf("sharing_parameters"),
      ElementsAre(Stack{"none", 3, {0, 1, 2}}, Stack{"none", 6, {0, 1, 2, 3, 4, 5}},
                  Stack{"sequence", 6, {0, 0, 1, 1, 2, 2}}, Stack{"cycle", 6, {0, 1, 2, 0, 1, 2}},
                  Stack{"cycle_rev", 6, {0, 1, 2, 2, 1, 0}}));
}

}  // namespace
}  // namespace ablate

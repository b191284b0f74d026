#include "techniques/loading.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace ablate {
namespace {

Loading Applied(std::string_view level, const nlohmann::json& options = nlohmann::json::object()) {
  Recipe recipe;
  LoadingTechnique().Apply(level, options, recipe);
  return recipe.loading;
}

TEST(LoadingTest, InlineHasNoThreadsAndPinsUnlessToldNot) {
  EXPECT_EQ(Applied("inline").workers, 0);
  EXPECT_FALSE(Applied("inline").resident);
  EXPECT_TRUE(Applied("inline").pin_memory);
  EXPECT_FALSE(Applied("inline", {{"pin_memory", false}}).pin_memory);
}

TEST(LoadingTest, WorkersAreOneThatIsTwoUpdatesAheadUnlessToldOtherwise) {
  EXPECT_EQ(Applied("workers").workers, 1);
  EXPECT_EQ(Applied("workers").prefetch, 2);
  const Loading loading =
      Applied("workers", {{"workers", 3}, {"prefetch", 5}, {"pin_memory", false}});
  EXPECT_EQ(loading.workers, 3);
  EXPECT_EQ(loading.prefetch, 5);
  EXPECT_FALSE(loading.pin_memory);
}

TEST(LoadingTest, OnlyResidentHoldsTheSplitOnTheDevice) {
  EXPECT_TRUE(Applied("resident").resident);
  EXPECT_EQ(Applied("resident").workers, 0);
  EXPECT_FALSE(Applied("workers").resident);
}

TEST(LoadingTest, NoWorkersIsWhatInlineIsFor) {
  const Level* level = FindLevel(LoadingTechnique(), "workers");
  ASSERT_NE(level, nullptr);
  const Option& workers = level->options.at(0);
  EXPECT_EQ(workers.name, "workers");
  EXPECT_EQ(workers.minimum, 1);
  EXPECT_EQ(workers.maximum, 64);
}

}  // namespace
}  // namespace ablate

#include "techniques/batch_warmup.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace ablate {
namespace {

Batching Applied(std::string_view level, const nlohmann::json& options = nlohmann::json::object()) {
  Recipe recipe;
  BatchWarmupTechnique().Apply(level, options, recipe);
  return recipe.batching;
}

TEST(BatchWarmupTest, OffHasWholeBatchesFromTheStart) {
  EXPECT_EQ(Applied("off").growth_epochs, 0);
  EXPECT_EQ(Applied("off").initial_fraction, 1);
}

TEST(BatchWarmupTest, LinearGrowsFromAFractionOverEpochs) {
  EXPECT_EQ(Applied("linear").growth_epochs, 1);
  EXPECT_EQ(Applied("linear").initial_fraction, 0.25);
  const Batching slow = Applied("linear", {{"growth_epochs", 2.5}, {"initial_fraction", 0.125}});
  EXPECT_EQ(slow.growth_epochs, 2.5);
  EXPECT_EQ(slow.initial_fraction, 0.125);
}

}  // namespace
}  // namespace ablate

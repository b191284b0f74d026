#include "techniques/padding.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace ablate {
namespace {

Batching Applied(std::string_view level, const nlohmann::json& options = nlohmann::json::object()) {
  Recipe recipe;
  PaddingTechnique().Apply(level, options, recipe);
  return recipe.batching;
}

TEST(PaddingTest, StaticPadsToTheCorpusUnlessALengthIsGiven) {
  EXPECT_EQ(Applied("static").pad_to, Batching::PadTo::kCorpusLongest);
  EXPECT_EQ(Applied("static", {{"length", 48}}).pad_to, Batching::PadTo::kLength);
  EXPECT_EQ(Applied("static", {{"length", 48}}).length, 48);
}

TEST(PaddingTest, DynamicChangesPaddingAlone) {
  EXPECT_EQ(Applied("dynamic").pad_to, Batching::PadTo::kBatchLongest);
  EXPECT_EQ(Applied("dynamic").order, Batching::Order::kShuffled);
}

TEST(PaddingTest, BucketedCutsBatchesFromPools) {
  EXPECT_EQ(Applied("bucketed").order, Batching::Order::kLengthPools);
  EXPECT_EQ(Applied("bucketed", {{"pool_batches", 8}}).pool_batches, 8);
}

}  // namespace
}  // namespace ablate

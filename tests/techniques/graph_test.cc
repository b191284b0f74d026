#include "techniques/graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "model/error.h"

namespace ablate {
namespace {

using ::testing::HasSubstr;

Recipe Packed() {
  Recipe recipe;
  recipe.batching.pad_to = Batching::PadTo::kNone;
  recipe.batching.max_tokens = 4096;
  return recipe;
}

// Why the recipe is not captured; empty: it is.
std::string Refusal(const std::function<void(Recipe&)>& change) {
  Recipe recipe = Packed();
  change(recipe);
  try {
    GraphTechnique().Apply("on", nlohmann::json::object(), recipe);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(GraphTest, OffChangesNothing) {
  Recipe recipe;
  GraphTechnique().Apply("off", nlohmann::json::object(), recipe);
  EXPECT_FALSE(recipe.graph);
  EXPECT_FALSE(recipe.loading.resident);
}

TEST(GraphTest, OnGathersBatchesFromTheDevice) {
  Recipe recipe = Packed();
  GraphTechnique().Apply("on", nlohmann::json::object(), recipe);
  EXPECT_TRUE(recipe.graph);
  EXPECT_TRUE(recipe.loading.resident);
}

TEST(GraphTest, TakesBatchesOfOneShapeAlone) {
  using PadTo = Batching::PadTo;
  const auto padded = [](PadTo pad_to, int64_t max_tokens) {
    return Refusal([=](Recipe& recipe) {
      recipe.batching.pad_to = pad_to;
      recipe.batching.max_tokens = max_tokens;
    });
  };
  EXPECT_EQ(padded(PadTo::kNone, 4096), "");
  EXPECT_EQ(padded(PadTo::kCorpusLongest, 0), "");
  EXPECT_EQ(padded(PadTo::kLength, 4096), "");
  EXPECT_THAT(padded(PadTo::kNone, 0),
              HasSubstr(R"("padding": "packed" with "batching": "tokens")"));
  EXPECT_THAT(padded(PadTo::kBatchLongest, 4096), HasSubstr("has one shape for all updates"));
}

TEST(GraphTest, RefusesWhatNeedsTheHost) {
  EXPECT_THAT(Refusal([](Recipe& r) { r.micro_batches = 2; }), HasSubstr("accumulation"));
  EXPECT_THAT(Refusal([](Recipe& r) { r.parallelism.kind = Parallelism::Kind::kData; }),
              HasSubstr("parallelism"));
  EXPECT_THAT(Refusal([](Recipe& r) { r.loading.workers = 1; }), HasSubstr("loading"));
  EXPECT_THAT(Refusal([](Recipe& r) { r.checkpointing.every = 1; }), HasSubstr("checkpointing"));
  EXPECT_THAT(Refusal([](Recipe& r) { r.optimizer.rule = Lamb{}; }), HasSubstr("optimizer"));
  EXPECT_EQ(Refusal([](Recipe& r) { r.optimizer.rule = Sgd{}; }), "");
}

TEST(GraphTest, TakesAScheduleOfTheRateAlone) {
  EXPECT_THAT(Refusal([](Recipe& r) { r.schedule = OneCycleSchedule{}; }),
              HasSubstr(R"("cycle_momentum": false)"));
  EXPECT_EQ(Refusal([](Recipe& r) { r.schedule = OneCycleSchedule{.cycle_momentum = false}; }), "");
  EXPECT_EQ(Refusal([](Recipe& r) { r.schedule = DecaySchedule{}; }), "");
}

}  // namespace
}  // namespace ablate

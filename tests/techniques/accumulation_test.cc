#include "techniques/accumulation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "model/error.h"

namespace ablate {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

int64_t Applied(int64_t count, Recipe recipe) {
  AccumulationTechnique().Apply("micro_batches", {{"count", count}}, recipe);
  return recipe.micro_batches;
}

Recipe BatchesOf(int64_t sentences) {
  Recipe recipe;
  recipe.batching.batch_size = sentences;
  return recipe;
}

TEST(AccumulationTest, IsOffUnlessAskedFor) {
  Recipe recipe;
  AccumulationTechnique().Apply("none", nlohmann::json::object(), recipe);
  EXPECT_EQ(recipe.micro_batches, 1);
  AccumulationTechnique().Apply("micro_batches", nlohmann::json::object(), recipe);
  EXPECT_EQ(recipe.micro_batches, 2);
}

TEST(AccumulationTest, TakesCountsThatDivideTheBatch) {
  EXPECT_EQ(Applied(4, BatchesOf(32)), 4);
  EXPECT_EQ(Applied(32, BatchesOf(32)), 32);
}

TEST(AccumulationTest, RefusesCountsThatDoNotDivideTheBatch) {
  EXPECT_THAT([] { Applied(5, BatchesOf(32)); },
              ThrowsMessage<Error>(AllOf(HasSubstr("32 sentences"), HasSubstr("5 micro_batches"),
                                         HasSubstr("training.batch_size"))));
  EXPECT_THROW(Applied(64, BatchesOf(32)), Error);
}

TEST(AccumulationTest, DividesTheSentencesOfAProcess) {
  Recipe recipe = BatchesOf(32);
  recipe.parallelism = {.kind = Parallelism::Kind::kData, .processes = 4};
  EXPECT_EQ(Applied(8, recipe), 8);
  EXPECT_THAT([&] { Applied(16, recipe); }, ThrowsMessage<Error>(HasSubstr("each of 4 processes")));
}

TEST(AccumulationTest, LeavesEnoughForAPipeline) {
  Recipe recipe = BatchesOf(32);
  recipe.parallelism = {.kind = Parallelism::Kind::kModel, .processes = 2, .micro_batches = 4};
  EXPECT_EQ(Applied(8, recipe), 8);
  EXPECT_THAT([&] { Applied(16, recipe); }, ThrowsMessage<Error>(HasSubstr("pipelined in 4")));
}

TEST(AccumulationTest, DividesBatchesOfTokensAsTheyCome) {
  Recipe recipe = BatchesOf(32);
  recipe.batching.max_tokens = 1000;
  EXPECT_EQ(Applied(5, recipe), 5);
}

}  // namespace
}  // namespace ablate

#include "techniques/batching.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "model/error.h"

namespace ablate {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

TEST(BatchingTest, SentencesAreTheBaseline) {
  Recipe recipe;
  BatchingTechnique().Apply("sentences", nlohmann::json::object(), recipe);
  EXPECT_EQ(recipe.batching.max_tokens, 0);
}

TEST(BatchingTest, TokensGiveABudget) {
  Recipe recipe;
  BatchingTechnique().Apply("tokens", nlohmann::json::object(), recipe);
  EXPECT_EQ(recipe.batching.max_tokens, 4096);
  BatchingTechnique().Apply("tokens", {{"max_tokens", 500}}, recipe);
  EXPECT_EQ(recipe.batching.max_tokens, 500);
}

TEST(BatchingTest, RefusesABudgetBelowThePaddedLength) {
  Recipe recipe;
  recipe.batching.pad_to = Batching::PadTo::kLength;
  recipe.batching.length = 64;
  EXPECT_THAT(
      [&] {
        BatchingTechnique().Apply("tokens", {{"max_tokens", 63}}, recipe);
      },
      ThrowsMessage<Error>(HasSubstr("max_tokens is 63")));
  EXPECT_NO_THROW(BatchingTechnique().Apply("tokens", {{"max_tokens", 64}}, recipe));
}

}  // namespace
}  // namespace ablate

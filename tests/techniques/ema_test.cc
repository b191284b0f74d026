#include "techniques/ema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "model/error.h"

namespace ablate {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

Averaging Applied(std::string_view level,
                  const nlohmann::json& options = nlohmann::json::object()) {
  Recipe recipe;
  EmaTechnique().Apply(level, options, recipe);
  return recipe.averaging;
}

TEST(EmaTest, OffAveragesNothing) { EXPECT_EQ(Applied("off").decay, 0); }

TEST(EmaTest, OnTakesItsOptions) {
  EXPECT_EQ(Applied("on").decay, 0.999);
  EXPECT_TRUE(Applied("on").warmup);
  const Averaging averaging = Applied("on", {{"decay", 0.5}, {"warmup", false}});
  EXPECT_EQ(averaging.decay, 0.5);
  EXPECT_FALSE(averaging.warmup);
}

TEST(EmaTest, RefusesAnAverageThatNeverMoves) {
  EXPECT_THAT(
      [] {
        Applied("on", {{"decay", 1}});
      },
      ThrowsMessage<Error>(HasSubstr("decay below 1")));
}

TEST(EmaTest, IsSeenInTheValidationLossAlone) { EXPECT_TRUE(EmaTechnique().needs_valid_loss()); }

}  // namespace
}  // namespace ablate

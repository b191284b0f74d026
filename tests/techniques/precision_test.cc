#include "techniques/precision.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "model/error.h"

namespace ablate {
namespace {

Precision Applied(std::string_view level,
                  const nlohmann::json& options = nlohmann::json::object()) {
  Recipe recipe;
  PrecisionTechnique().Apply(level, options, recipe);
  return recipe.precision;
}

TEST(PrecisionTest, OnlyTf32AllowsTf32) {
  EXPECT_FALSE(Applied("fp32").tf32);
  EXPECT_TRUE(Applied("tf32").tf32);
  EXPECT_FALSE(Applied("amp").tf32);
}

TEST(PrecisionTest, OnlyAmpAutocasts) {
  EXPECT_EQ(Applied("fp32").autocast, Precision::Autocast::kOff);
  EXPECT_EQ(Applied("tf32").autocast, Precision::Autocast::kOff);
  EXPECT_EQ(Applied("amp").autocast, Precision::Autocast::kDeviceDefault);
  EXPECT_EQ(Applied("amp", {{"dtype", "bf16"}}).autocast, Precision::Autocast::kBFloat16);
  EXPECT_EQ(Applied("amp", {{"dtype", "fp16"}}).autocast, Precision::Autocast::kFloat16);
}

TEST(PrecisionTest, LossScaleOptionsReachTheRecipe) {
  const Precision precision =
      Applied("amp", {{"initial_loss_scale", 1024}, {"growth_interval", 10}});
  EXPECT_EQ(precision.initial_loss_scale, 1024);
  EXPECT_EQ(precision.growth_interval, 10);
  EXPECT_EQ(precision.backoff_factor, 0.5);
}

TEST(PrecisionTest, RefusesALossScaleForBf16) {
  EXPECT_THROW(Applied("amp", {{"dtype", "bf16"}, {"growth_interval", 10}}), Error);
}

}  // namespace
}  // namespace ablate

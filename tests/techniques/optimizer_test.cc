#include "techniques/optimizer.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "model/error.h"

namespace ablate {
namespace {

const nlohmann::json kNone = nlohmann::json::object();

Optimizer Applied(std::string_view level, const nlohmann::json& options = kNone) {
  Recipe recipe;
  recipe.optimizer.learning_rate = 0.5;
  recipe.optimizer.weight_decay = 0.25;
  OptimizerTechnique().Apply(level, options, recipe);
  return recipe.optimizer;
}

TEST(OptimizerTest, EachLevelSelectsItsRule) {
  EXPECT_FALSE(std::get<Adam>(Applied("adam").rule).decoupled_decay);
  EXPECT_TRUE(std::get<Adam>(Applied("adamw").rule).decoupled_decay);
  EXPECT_TRUE(std::holds_alternative<Lamb>(Applied("lamb").rule));
  EXPECT_TRUE(std::holds_alternative<Adafactor>(Applied("adafactor").rule));
  EXPECT_TRUE(std::holds_alternative<Lion>(Applied("lion").rule));
  EXPECT_TRUE(std::holds_alternative<Sgd>(Applied("sgd").rule));
}

TEST(OptimizerTest, OptionsReachTheRule) {
  const auto adam =
      std::get<Adam>(Applied("adam", {{"beta1", 0.8}, {"beta2", 0.98}, {"epsilon", 1e-6}}).rule);
  EXPECT_EQ(adam.beta1, 0.8);
  EXPECT_EQ(adam.beta2, 0.98);
  EXPECT_EQ(adam.epsilon, 1e-6);
  const auto lamb =
      std::get<Lamb>(Applied("lamb", {{"beta1", 0.8}, {"beta2", 0.98}, {"epsilon", 1e-5}}).rule);
  EXPECT_EQ(lamb.beta1, 0.8);
  EXPECT_EQ(lamb.beta2, 0.98);
  EXPECT_EQ(lamb.epsilon, 1e-5);
  const auto adafactor = std::get<Adafactor>(
      Applied("adafactor", {{"beta2_decay", -0.5}, {"epsilon", 0.1}, {"clip_threshold", 2}}).rule);
  EXPECT_EQ(adafactor.beta2_decay, -0.5);
  EXPECT_EQ(adafactor.epsilon, 0.1);
  EXPECT_EQ(adafactor.clip_threshold, 2);
  const auto lion = std::get<Lion>(Applied("lion", {{"beta1", 0.8}, {"beta2", 0.98}}).rule);
  EXPECT_EQ(lion.beta1, 0.8);
  EXPECT_EQ(lion.beta2, 0.98);
  const auto sgd = std::get<Sgd>(Applied("sgd", {{"momentum", 0.9}, {"nesterov", true}}).rule);
  EXPECT_EQ(sgd.momentum, 0.9);
  EXPECT_TRUE(sgd.nesterov);
}

TEST(OptimizerTest, EveryLevelTakesARateAndADecayOfItsOwn) {
  for (const Level& level : OptimizerTechnique().levels()) {
    const Optimizer own = Applied(level.name, {{"learning_rate", 2}, {"weight_decay", 0}});
    EXPECT_EQ(own.learning_rate, 2) << level.name;
    EXPECT_EQ(own.weight_decay, 0) << level.name;
    const Optimizer shared = Applied(level.name);
    EXPECT_EQ(shared.learning_rate, 0.5) << level.name;
    EXPECT_EQ(shared.weight_decay, 0.25) << level.name;
  }
}

TEST(OptimizerTest, NesterovNeedsAMomentum) {
  EXPECT_THROW(Applied("sgd", {{"nesterov", true}}), Error);
  EXPECT_THROW(Applied("sgd", {{"nesterov", true}, {"momentum", 0}}), Error);
  EXPECT_NO_THROW(Applied("sgd", {{"nesterov", false}}));
}

TEST(OptimizerTest, RefusesAMemoryThatNeverFades) {
  EXPECT_THROW(Applied("adam", {{"beta2", 1}}), Error);
  EXPECT_THROW(Applied("lion", {{"beta1", 1}}), Error);
  EXPECT_THROW(Applied("sgd", {{"momentum", 1}}), Error);
}

}  // namespace
}  // namespace ablate

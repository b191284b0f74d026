#include "harness/train/optimizer.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/process.h"

namespace ablate {
namespace {

using Shapes = std::vector<std::vector<int64_t>>;

const Shapes kShapes = {{17, 8}, {8}, {3, 5, 2}, {1}};

at::Tensor FromJson(const nlohmann::json& values, const std::vector<int64_t>& shape) {
  return torch::tensor(values.get<std::vector<double>>(), at::kFloat).view(shape);
}

std::vector<at::Tensor> Parameters(const nlohmann::json& values) {
  std::vector<at::Tensor> parameters;
  for (size_t i = 0; i < kShapes.size(); ++i) {
    parameters.push_back(FromJson(values[i], kShapes[i]).clone().set_requires_grad(true));
  }
  return parameters;
}

void SetGradients(const std::vector<at::Tensor>& parameters, const nlohmann::json& values) {
  for (size_t i = 0; i < parameters.size(); ++i) {
    at::Tensor parameter = parameters[i];
    parameter.mutable_grad() = FromJson(values[i], kShapes[i]).clone();
  }
}

double RelativeError(const at::Tensor& a, const at::Tensor& b) {
  return ((a - b).norm() / b.norm()).item<double>();
}

struct Case {
  std::string name;
  Optimizer options;
};

class OptimizerParityTest : public ::testing::TestWithParam<Case> {};

TEST_P(OptimizerParityTest, FollowsPyTorchOverHundredsOfRandomSteps) {
  const Optimizer& options = GetParam().options;
  const nlohmann::json wanted = {
      {"kind", options.kind == Optimizer::Kind::kAdam ? "adam" : "adamw"},
      {"options",
       {{"beta2", options.beta2},
        {"epsilon", options.epsilon},
        {"weight_decay", options.weight_decay},
        {"gradient_clip", options.gradient_clip}}},
      {"shapes", kShapes},
      {"steps", 300},
      {"seed", 1}};
  const auto truth =
      nlohmann::json::parse(testing::RunPython("tests/train/optimizer.py", {}, wanted.dump()));
  AdamOptimizer optimizer(Parameters(truth["start"]), options);
  for (const nlohmann::json& step : truth["steps"]) {
    SetGradients(optimizer.parameters(), step["gradients"]);
    const std::vector<at::Tensor> gradients = optimizer.Gradients();
    const double norm = optimizer.ClipGradients(gradients).item<double>();
    if (step.contains("norm")) {
      EXPECT_NEAR(norm, step["norm"].get<double>(), 1e-5 * norm);
    }
    optimizer.Step(gradients, {step["lr"].get<double>(), step["beta1"].get<double>()},
                   std::nullopt);
  }
  for (size_t i = 0; i < kShapes.size(); ++i) {
    EXPECT_LT(RelativeError(optimizer.parameters()[i], FromJson(truth["end"][i], kShapes[i])), 2e-6)
        << "tensor " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, OptimizerParityTest,
    ::testing::Values(
        Case{"Adam", {.kind = Optimizer::Kind::kAdam}},
        Case{"AdamClipped", {.kind = Optimizer::Kind::kAdam, .gradient_clip = 1}},
        Case{"AdamDecayed",
             {.kind = Optimizer::Kind::kAdam, .weight_decay = 0.1, .gradient_clip = 5}},
        Case{"AdamW",
             {.kind = Optimizer::Kind::kAdamW,
              .beta2 = 0.98,
              .epsilon = 1e-6,
              .weight_decay = 0.05,
              .gradient_clip = 2}}),
    [](const auto& test) { return test.param.name; });

TEST(OptimizerTest, ASkipLeavesEverythingAsItWas) {
  at::manual_seed(1);
  AdamOptimizer optimizer({at::randn({5, 3}).set_requires_grad(true)}, {});
  const auto step = [&](float found_inf) {
    at::Tensor parameter = optimizer.parameters()[0];
    parameter.mutable_grad() = at::randn({5, 3});
    optimizer.Step(optimizer.Gradients(), {.learning_rate = 0.1, .momentum = std::nullopt},
                   at::full({1}, found_inf));
  };
  step(0);
  std::vector<at::Tensor> before = {optimizer.parameters()[0].detach().clone()};
  for (const at::Tensor& tensor : optimizer.State()) before.push_back(tensor.clone());
  step(1);
  std::vector<at::Tensor> after = {optimizer.parameters()[0].detach()};
  for (const at::Tensor& tensor : optimizer.State()) after.push_back(tensor);
  for (size_t i = 0; i < before.size(); ++i) EXPECT_TRUE(at::equal(before[i], after[i])) << i;
  step(0);
  EXPECT_FALSE(at::equal(before[0], optimizer.parameters()[0]));
}

TEST(OptimizerTest, AParameterWithoutGradientIsAnError) {
  const AdamOptimizer optimizer({at::ones({2}).set_requires_grad(true)}, {});
  EXPECT_THROW(optimizer.Gradients(), std::logic_error);
}

}  // namespace
}  // namespace ablate

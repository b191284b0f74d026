#include "techniques/ema_torch.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/support/process.h"

namespace ablate {
namespace {

using nlohmann::json;
using Shapes = std::vector<std::vector<int64_t>>;

const Shapes kShapes = {{17, 8}, {8}, {3, 5, 2}, {1}};

std::vector<at::Tensor> RandomTensors() {
  std::vector<at::Tensor> tensors;
  for (const auto& shape : kShapes) tensors.push_back(at::randn(shape).set_requires_grad(true));
  return tensors;
}

std::vector<at::Tensor> Copies(const std::vector<at::Tensor>& tensors) {
  std::vector<at::Tensor> copies;
  for (const at::Tensor& tensor : tensors) copies.push_back(tensor.detach().clone());
  return copies;
}

void Set(std::vector<at::Tensor>& parameters, const json& values) {
  const at::NoGradGuard no_gradients;
  for (size_t i = 0; i < parameters.size(); ++i) {
    parameters[i].copy_(
        torch::tensor(values[i].get<std::vector<double>>(), at::kFloat).view(kShapes[i]));
  }
}

void Disturb(std::vector<at::Tensor>& parameters) {
  const at::NoGradGuard no_gradients;
  for (at::Tensor& parameter : parameters) parameter.add_(at::randn_like(parameter));
}

bool Equal(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  return std::ranges::equal(
      a, b, [](const at::Tensor& x, const at::Tensor& y) { return at::equal(x, y); });
}

TEST(ParameterAverageTest, EqualsPyTorchWithoutWarmup) {
  const json wanted = {{"decay", 0.97}, {"shapes", kShapes}, {"updates", 200}, {"seed", 3}};
  const json truth = json::parse(testing::RunPython("tests/techniques/ema.py", {}, wanted.dump()));
  std::vector<at::Tensor> parameters = RandomTensors();
  ParameterAverage average(parameters, {.decay = 0.97, .warmup = false});
  for (const json& update : truth["updates"]) {
    Set(parameters, update);
    average.Update();
  }
  std::vector<at::Tensor> expected = RandomTensors();
  Set(expected, truth["averages"]);
  EXPECT_TRUE(Equal(average.averages(), expected));
}

TEST(ParameterAverageTest, WarmupBoundsTheDecay) {
  std::vector<at::Tensor> parameters = {at::zeros({1}, at::kDouble)};
  ParameterAverage average(parameters, {.decay = 0.4, .warmup = true});
  double expected = 0;
  for (int n = 0; n < 50; ++n) {
    const double value = 1.0 + n * n % 7;
    parameters[0].fill_(value);
    average.Update();
    const double decay = n == 0 ? 0 : std::min(0.4, (1.0 + n) / (10.0 + n));
    expected = decay * expected + (1 - decay) * value;
    ASSERT_NEAR(average.averages()[0].item<double>(), expected, 1e-12) << n;
  }
}

TEST(ParameterAverageTest, AveragesStandInForParametersWithinAScopeAlone) {
  at::manual_seed(1);
  std::vector<at::Tensor> parameters = RandomTensors();
  ParameterAverage average(parameters, {.decay = 0.9});
  for (int i = 0; i < 3; ++i, Disturb(parameters)) average.Update();
  const auto trained = Copies(parameters);
  const auto averaged = Copies(average.averages());
  const void* address = parameters[0].data_ptr();
  ASSERT_FALSE(Equal(trained, averaged));
  {
    const AveragesInPlace scope(&average);
    EXPECT_TRUE(Equal(parameters, averaged));
    EXPECT_EQ(parameters[0].data_ptr(), address);
  }
  EXPECT_TRUE(Equal(parameters, trained));
  EXPECT_TRUE(Equal(average.averages(), averaged));
  TakeAverages(&average);
  EXPECT_TRUE(Equal(parameters, averaged));
}

TEST(ParameterAverageTest, StartsAnewFromTheStateThatWasPutBack) {
  at::manual_seed(2);
  std::vector<at::Tensor> parameters = RandomTensors();
  ParameterAverage average(parameters, {.decay = 0.9});
  const auto first = Copies(average.averages());
  const auto start = Copies(average.State());
  for (int i = 0; i < 5; ++i, Disturb(parameters)) average.Update();
  std::vector<at::Tensor> state = average.State();
  for (size_t i = 0; i < state.size(); ++i) state[i].copy_(start[i]);
  EXPECT_TRUE(Equal(average.averages(), first));
  Disturb(parameters);
  average.Update();  // the first again, which takes the parameters whole
  EXPECT_TRUE(Equal(average.averages(), parameters));
}

TEST(ParameterAverageTest, IsAbsentWhereTheRecipeHasNone) {
  EXPECT_EQ(ParameterAverage::For(RandomTensors(), {}), nullptr);
  EXPECT_NE(ParameterAverage::For(RandomTensors(), {.decay = 0.5}), nullptr);
  EXPECT_NO_THROW(AveragesInPlace{nullptr});
  EXPECT_NO_THROW(TakeAverages(nullptr));
}

}  // namespace
}  // namespace ablate

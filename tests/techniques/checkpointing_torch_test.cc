// Recomputing layers changes no bit of loss, gradients, parameters or random numbers.
#include "techniques/checkpointing_torch.h"

#include <gtest/gtest.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>
#include <torch/optim/adam.h>
#include <torch/types.h>

#include <map>

#include "model/net/training_loss.h"
#include "techniques/precision_torch.h"
#include "tests/net/synthetic.h"

namespace ablate {
namespace {

using testing::SmallConfig;
using testing::SmallModel;
using testing::SyntheticBatch;
using Tensors = std::vector<at::Tensor>;

struct Case {
  std::string name;
  int64_t every = 1;
  std::vector<int64_t> layer_of_depth;
  Precision::Autocast autocast = Precision::Autocast::kOff;
  std::string norm = "pre";
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

std::vector<Case> Cases() {
  const std::map<std::string, std::vector<int64_t>> sharing = {
      {"none", {}}, {"universal", {0, 0, 0, 0}}, {"cycle", {0, 1, 0, 1}}};
  std::vector<Case> cases;
  for (const auto& [name, layer_of_depth] : sharing) {
    for (const int64_t every : {1, 2}) {
      for (const auto autocast : {Precision::Autocast::kOff, Precision::Autocast::kBFloat16}) {
        const bool bf16 = autocast != Precision::Autocast::kOff;
        cases.push_back({name + "_every" + std::to_string(every) + (bf16 ? "_bf16" : "_fp32"),
                         every, layer_of_depth, autocast});
      }
    }
  }
  cases.push_back({"post_norm", 1, {}, Precision::Autocast::kBFloat16, "post"});
  return cases;
}

DeviceBatch BatchOfUpdate(int64_t update) {
  const auto batch = SyntheticBatch(/*padded=*/true, /*extra_padding=*/update % 2);
  return PaddedBatch(batch.source, batch.target_in, batch.target_out, true);
}

Transformer ModelOf(const Case& c) {
  TransformerConfig config = SmallConfig();
  config.layers = 4;
  config.dropout = 0.2;
  config.activation = "swiglu";
  config.norm = c.norm;
  return SmallModel(config, c.layer_of_depth);
}

TokenLoss Loss(Transformer& model, const Case& c, int64_t update) {
  const Precision precision = {.autocast = c.autocast};
  const AutocastScope autocast(precision, at::kCPU);
  return ComputeLoss(model, BatchOfUpdate(update), {.label_smoothing = 0.1});
}

// The loss of each of a few updates of Adam, the gradients of the last, and what was left of the
// model and the generator.
struct Course {
  std::vector<double> losses;
  Tensors gradients, parameters;
  at::Tensor next_random;
};

Course Train(const Case& c, int64_t every) {
  Transformer model = ModelOf(c);
  model->RunLayersBy(MakeLayerRunner({.every = every}));
  torch::optim::Adam adam(model->parameters(), torch::optim::AdamOptions(3e-3));
  at::manual_seed(5);
  Course course;
  for (int64_t update = 0; update < 6; ++update) {
    adam.zero_grad();
    const TokenLoss loss = Loss(model, c, update);
    (loss.sum / loss.count).backward();
    adam.step();
    course.losses.push_back(loss.sum.item<double>());
  }
  course.parameters = model->parameters();
  for (const auto& parameter : course.parameters) course.gradients.push_back(parameter.grad());
  course.next_random = at::rand({8});
  return course;
}

int64_t HowManyDiffer(const Tensors& got, const Tensors& expected) {
  int64_t differing = 0;
  for (size_t i = 0; i < expected.size(); ++i) differing += !got.at(i).equal(expected[i]);
  return differing;
}

class CheckpointingTorchTest : public ::testing::TestWithParam<Case> {};

TEST_P(CheckpointingTorchTest, ChangesNoBitOfTheCourse) {
  const Course with = Train(GetParam(), GetParam().every);
  const Course without = Train(GetParam(), 0);
  EXPECT_EQ(with.losses, without.losses);
  EXPECT_NE(without.losses[0], without.losses[2]);
  EXPECT_EQ(HowManyDiffer(with.gradients, without.gradients), 0);
  EXPECT_EQ(HowManyDiffer(with.parameters, without.parameters), 0);
  EXPECT_TRUE(with.next_random.equal(without.next_random));
}

INSTANTIATE_TEST_SUITE_P(All, CheckpointingTorchTest, ::testing::ValuesIn(Cases()),
                         [](const auto& c) { return c.param.name; });

TEST(LayerRunnerTest, IsNoneWhereNoLayerIsRecomputed) {
  EXPECT_EQ(MakeLayerRunner({}), nullptr);
  EXPECT_NE(MakeLayerRunner({.every = 1}), nullptr);
}

// Where c10d::Reducer hooks itself in.
class CountRuns final : public torch::autograd::FunctionPostHook {
 public:
  explicit CountRuns(int& runs) : runs_(runs) {}
  Tensors operator()(const Tensors& outputs, const Tensors&) override {
    ++runs_;
    return outputs;
  }

 private:
  int& runs_;
};

TEST(LayerRunnerTest, EachParametersAccumulatorRunsOnceABackwardPass) {
  const Case shared = {.name = "", .layer_of_depth = {0, 0, 0, 0}};
  Transformer model = ModelOf(shared);
  model->RunLayersBy(MakeLayerRunner({.every = 1}));
  std::map<std::string, int> runs;
  std::vector<std::shared_ptr<torch::autograd::Node>> accumulators;  // to live till the pass
  for (const auto& parameter : model->named_parameters()) {
    accumulators.push_back(torch::autograd::impl::grad_accumulator(parameter.value()));
    accumulators.back()->add_post_hook(std::make_unique<CountRuns>(runs[parameter.key()]));
  }
  Loss(model, shared, 0).sum.backward();
  for (const auto& [name, count] : runs) EXPECT_EQ(count, 1) << name;
}

// A layer that is w * x^2 + memory, and counts its runs.
struct ToyLayer {
  at::Tensor weight = torch::full({1}, 3.0, at::requires_grad());
  int runs = 0;

  at::Tensor Run(const LayerRunner& runner, const Tensors& inputs) {
    const auto layer = [this](const Tensors& x) {
      ++runs;
      return weight * x[0] * x[0] + x[1];
    };
    return runner(0, {weight}, layer, inputs);
  }
};

TEST(LayerRunnerTest, RunsTheLayerAgainInTheBackwardPassAlone) {
  ToyLayer layer;
  const at::Tensor x = torch::full({1}, 2.0, at::requires_grad());
  const at::Tensor memory = torch::full({1}, 1.0, at::requires_grad());
  const at::Tensor y = layer.Run(MakeLayerRunner({.every = 1}), {x, memory});
  EXPECT_EQ(layer.runs, 1);
  EXPECT_EQ(y.item<double>(), 13);
  y.backward();
  EXPECT_EQ(layer.runs, 2);
  EXPECT_EQ(x.grad().item<double>(), 12);
  EXPECT_EQ(memory.grad().item<double>(), 1);
  EXPECT_EQ(layer.weight.grad().item<double>(), 4);
}

TEST(LayerRunnerTest, InputsWithoutGradientLeaveTheParametersTheirs) {
  ToyLayer layer;
  const at::Tensor x = at::full({1}, 2.0);
  layer.Run(MakeLayerRunner({.every = 1}), {x, x}).backward();
  EXPECT_EQ(layer.weight.grad().item<double>(), 4);
  EXPECT_FALSE(x.grad().defined());
}

TEST(LayerRunnerTest, WithoutGradientsALayerIsJustRun) {
  ToyLayer layer;
  const at::NoGradGuard no_grad;
  const at::Tensor y = layer.Run(MakeLayerRunner({.every = 1}), {at::ones({1}), at::ones({1})});
  EXPECT_FALSE(y.requires_grad());
  EXPECT_EQ(layer.runs, 1);
}

TEST(LayerRunnerTest, WhatChangedSinceTheForwardPassIsRefused) {
  ToyLayer layer;
  const at::Tensor y = layer.Run(MakeLayerRunner({.every = 1}), {at::ones({1}), at::ones({1})});
  {
    const at::NoGradGuard no_grad;
    layer.weight.mul_(2);
  }
  EXPECT_THROW(y.backward(), c10::Error);
}

// at::linear reads a leaf through autocast's cache, which outlives the pass without gradients.
TEST(LayerRunnerTest, AutocastsCacheHidesNoUseOfAParameter) {
  const Precision precision = {.autocast = Precision::Autocast::kBFloat16};
  const at::Tensor weight = torch::randn({8, 8}, at::requires_grad());
  const at::Tensor x = torch::randn({4, 8});
  const LayerFunction layer = [&](const Tensors& in) { return at::linear(in[0], weight); };
  const auto gradient = [&](const LayerRunner& runner) {
    weight.mutable_grad().reset();
    at::Tensor y;
    {
      const AutocastScope autocast(precision, at::kCPU);
      y = layer({runner(0, {weight}, layer, {x})});
    }
    y.square().sum().backward();
    return weight.grad();
  };
  const at::Tensor with = gradient(MakeLayerRunner({.every = 1}));
  const at::Tensor without = gradient(
      [](int64_t, const Tensors&, const LayerFunction& run, const Tensors& in) { return run(in); });
  EXPECT_LT(((with - without).norm() / without.norm()).item<double>(), 0.02);
}

TEST(LayerRunnerTest, CudaDrawsTheSameRandomNumbersAgain) {
  if (!at::hasCUDA()) GTEST_SKIP() << "no CUDA device";
  const at::Tensor x = torch::ones({64}, at::device(at::kCUDA).requires_grad(true));
  std::vector<at::Tensor> draws;
  const auto layer = [&](const Tensors& inputs) {
    draws.push_back(at::rand({64}, inputs[0].options().requires_grad(false)));
    return inputs[0] * draws.back();
  };
  MakeLayerRunner({.every = 1})(0, {}, layer, {x}).sum().backward();
  ASSERT_EQ(draws.size(), 2u);
  EXPECT_TRUE(draws[0].equal(draws[1]));
  EXPECT_TRUE(x.grad().equal(draws[0]));
}

}  // namespace
}  // namespace ablate

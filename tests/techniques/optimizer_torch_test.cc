#include "techniques/optimizer_torch.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <ostream>

#include "tests/support/process.h"

namespace ablate {
namespace {

using Json = nlohmann::json;

// The second tensor starts at 0, the last one's gradients are 0; two have one shape.
const std::vector<std::vector<int64_t>> kShapes = {{17, 8}, {8}, {3, 5, 2}, {17, 8}, {1}, {5}};

struct Case {
  std::string name;
  Optimizer options;
  std::string rule;
  Json rule_options;
  KernelSet kernels = KernelSet::kReference;
};

// The name in place of bytes, some of which are addresses.
void PrintTo(const Case& rule, std::ostream* out) { *out << rule.name; }

std::vector<Case> Rules() {
  const auto options = [](auto rule, double rate, double decay, double clip) {
    return Optimizer{
        .rule = rule, .learning_rate = rate, .weight_decay = decay, .gradient_clip = clip};
  };
  const auto adam = [](double beta2, double epsilon) {
    return Json{{"beta2", beta2}, {"epsilon", epsilon}};
  };
  const auto sgd = [](double momentum, bool nesterov) {
    return Json{{"momentum", momentum}, {"nesterov", nesterov}};
  };
  const auto adafactor = [](double decay, double epsilon, double threshold) {
    return Json{{"beta2_decay", decay}, {"epsilon", epsilon}, {"clip_threshold", threshold}};
  };
  return {
      {"Adam", options(Adam{}, 1e-3, 0, 0), "adam", adam(0.999, 1e-8)},
      {"AdamDecayed", options(Adam{}, 1e-3, 0.1, 5), "adam", adam(0.999, 1e-8)},
      {"AdamW",
       options(Adam{.beta2 = 0.98, .epsilon = 1e-6, .decoupled_decay = true}, 1e-3, 0.05, 2),
       "adamw", adam(0.98, 1e-6)},
      {"FusedAdamDecayed", options(Adam{}, 1e-3, 0.1, 5), "adam", adam(0.999, 1e-8),
       KernelSet::kFused},
      {"FusedAdamW",
       options(Adam{.beta2 = 0.98, .epsilon = 1e-6, .decoupled_decay = true}, 1e-3, 0.05, 2),
       "adamw", adam(0.98, 1e-6), KernelSet::kFused},
      {"Lamb", options(Lamb{}, 1e-3, 0, 0), "lamb", adam(0.999, 1e-6)},
      {"LambDecayed", options(Lamb{.beta2 = 0.98, .epsilon = 1e-4}, 1e-3, 0.1, 2), "lamb",
       adam(0.98, 1e-4)},
      {"Adafactor", options(Adafactor{}, 1e-2, 0, 0), "adafactor", adafactor(-0.8, 1e-3, 1)},
      {"AdafactorDecayed",
       options(Adafactor{.beta2_decay = -0.5, .epsilon = 0.1, .clip_threshold = 1.5}, 1e-1, 0.05,
               2),
       "adafactor", adafactor(-0.5, 0.1, 1.5)},
      {"Lion", options(Lion{}, 1e-4, 0, 0), "lion", {{"beta2", 0.99}}},
      {"LionDecayed", options(Lion{.beta2 = 0.95}, 1e-4, 0.5, 2), "lion", {{"beta2", 0.95}}},
      {"Sgd", options(Sgd{}, 1e-2, 0.1, 2), "sgd", sgd(0, false)},
      {"SgdMomentum", options(Sgd{.momentum = 0.9}, 1e-3, 0.1, 0), "sgd", sgd(0.9, false)},
      {"SgdNesterov", options(Sgd{.momentum = 0.9, .nesterov = true}, 1e-3, 0.1, 2), "sgd",
       sgd(0.9, true)},
  };
}

std::string NameIn(const Case& rule, at::ScalarType type) {
  return rule.name + (type == at::kDouble ? "64" : "32");
}

Json Truth() {
  Json cases;
  for (const Case& rule : Rules()) {
    for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
      cases[NameIn(rule, type)] = {{"rule", rule.rule},
                                   {"options", rule.rule_options},
                                   {"rate", rule.options.learning_rate},
                                   {"weight_decay", rule.options.weight_decay},
                                   {"clip", rule.options.gradient_clip},
                                   {"double", type == at::kDouble}};
    }
  }
  const Json task = {{"shapes", kShapes}, {"steps", 300}, {"seed", 1}, {"cases", cases}};
  return Json::parse(
      testing::RunPython("tests/techniques/optimizer_torch_test.py", {}, task.dump()));
}

std::vector<at::Tensor> FromJson(const Json& values, at::ScalarType type) {
  std::vector<at::Tensor> tensors;
  for (size_t i = 0; i < kShapes.size(); ++i) {
    tensors.push_back(
        torch::tensor(values[i].get<std::vector<double>>(), at::kDouble).view(kShapes[i]).to(type));
  }
  return tensors;
}

std::vector<at::Tensor> RandomTensors() {
  std::vector<at::Tensor> tensors;
  for (const auto& shape : kShapes) tensors.push_back(at::randn(shape));
  return tensors;
}

std::vector<at::Tensor> Copies(const std::vector<at::Tensor>& tensors) {
  std::vector<at::Tensor> copies;
  for (const at::Tensor& tensor : tensors) copies.push_back(tensor.detach().clone());
  return copies;
}

// Parameters and state: what a step changes.
std::vector<at::Tensor> AllOf(const ParameterOptimizer& optimizer) {
  std::vector<at::Tensor> all = optimizer.State();
  for (const at::Tensor& parameter : optimizer.parameters()) all.push_back(parameter.detach());
  return all;
}

void ExpectEqual(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(at::equal(a[i], b[i])) << "tensor " << i;
}

void Follow(const Json& truth, const Case& rule, at::ScalarType type) {
  const std::string name = NameIn(rule, type);
  SCOPED_TRACE(name);
  const double tolerance = type == at::kDouble ? 1e-10 : 1e-5;
  const auto optimizer = MakeOptimizer(FromJson(truth["start"], type), rule.options, rule.kernels);
  for (size_t i = 0; i < truth["steps"].size(); ++i) {
    const Json& step = truth["steps"][i];
    const std::vector<at::Tensor> gradients = FromJson(step["gradients"], type);
    const at::Tensor norm = GlobalNorm(gradients);
    const double wanted_norm = truth["norms"][name][i];
    ASSERT_NEAR(norm.item<double>(), wanted_norm, tolerance * wanted_norm);
    if (rule.options.gradient_clip > 0) ClipToNorm(gradients, norm, rule.options.gradient_clip);
    optimizer->Step(gradients,
                    {.learning_rate = rule.options.learning_rate * step["rate"].get<double>(),
                     .momentum = step["momentum"].get<double>()},
                    std::nullopt);
  }
  const std::vector<at::Tensor> wanted = FromJson(truth["ends"][name], at::kDouble);
  for (size_t i = 0; i < wanted.size(); ++i) {
    const at::Tensor difference = optimizer->parameters()[i].to(at::kDouble) - wanted[i];
    EXPECT_LT(difference.norm().item<double>(), tolerance * wanted[i].norm().item<double>())
        << "tensor " << i;
  }
}

TEST(OptimizerTorchTest, RulesFollowPyTorchAndThePapersOverHundredsOfRandomSteps) {
  at::set_num_threads(1);  // the tensors are small; threads would only wait for each other
  const Json truth = Truth();
  for (const Case& rule : Rules()) {
    for (const at::ScalarType type : {at::kFloat, at::kDouble}) Follow(truth, rule, type);
  }
}

class OptimizerRuleTest : public ::testing::TestWithParam<Case> {
 protected:
  OptimizerRuleTest() { at::manual_seed(1); }

  static std::unique_ptr<ParameterOptimizer> Make(const std::vector<at::Tensor>& start) {
    return MakeOptimizer(Copies(start), GetParam().options, GetParam().kernels);
  }
  static void Step(ParameterOptimizer& optimizer, const std::vector<at::Tensor>& gradients,
                   std::optional<float> found_inf = std::nullopt) {
    std::optional<at::Tensor> verdict;
    if (found_inf) verdict = at::full({1}, *found_inf);
    optimizer.Step(Copies(gradients), {.learning_rate = 1e-2, .momentum = 0.8}, verdict);
  }
  static std::vector<at::Tensor> Overflown() {
    std::vector<at::Tensor> gradients = RandomTensors();
    gradients[0].select(0, 3).fill_(std::numeric_limits<float>::infinity());
    gradients[2].fill_(std::numeric_limits<float>::quiet_NaN());
    return gradients;
  }
};

TEST_P(OptimizerRuleTest, ASkipLeavesEverythingAsItWas) {
  const auto optimizer = Make(RandomTensors());
  for (int round = 0; round < 2; ++round) {  // before the first update, and after it
    const std::vector<at::Tensor> before = Copies(AllOf(*optimizer));
    Step(*optimizer, Overflown(), 1);
    ExpectEqual(before, AllOf(*optimizer));
    Step(*optimizer, RandomTensors(), 0);
    EXPECT_FALSE(at::equal(before.back(), optimizer->parameters().back()));
  }
}

TEST_P(OptimizerRuleTest, AVerdictThatNothingOverflowedChangesNoStep) {
  const std::vector<at::Tensor> start = RandomTensors();
  const auto certain = Make(start);
  const auto judged = Make(start);
  for (int i = 0; i < 20; ++i) {
    const std::vector<at::Tensor> gradients = RandomTensors();
    Step(*certain, gradients);
    Step(*judged, gradients, 0);
  }
  const std::vector<at::Tensor> a = AllOf(*certain), b = AllOf(*judged);
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_TRUE(at::allclose(a[i], b[i], 1e-5, 1e-6)) << "tensor " << i;
  }
}

TEST_P(OptimizerRuleTest, RestoringParametersAndStateRepeatsTheSameSteps) {
  const auto optimizer = Make(RandomTensors());
  std::vector<std::vector<at::Tensor>> gradients;
  for (int i = 0; i < 6; ++i) gradients.push_back(RandomTensors());
  for (const bool from_the_start : {true, false}) {
    if (!from_the_start) Step(*optimizer, gradients[0]);
    const std::vector<at::Tensor> saved = Copies(AllOf(*optimizer));
    for (const auto& step : gradients) Step(*optimizer, step);
    const std::vector<at::Tensor> once = Copies(AllOf(*optimizer));
    const std::vector<at::Tensor> live = AllOf(*optimizer);
    for (size_t i = 0; i < live.size(); ++i) live[i].copy_(saved[i]);
    for (const auto& step : gradients) Step(*optimizer, step);
    ExpectEqual(once, AllOf(*optimizer));
  }
}

INSTANTIATE_TEST_SUITE_P(All, OptimizerRuleTest, ::testing::ValuesIn(Rules()),
                         [](const auto& test) { return test.param.name; });

// Some rows of a gradient of the first shape, as LibTorch leaves them in .grad.
at::Tensor SomeRows(const std::vector<int64_t>& rows) {
  const auto count = static_cast<int64_t>(rows.size());
  return at::_sparse_coo_tensor_unsafe(at::tensor(rows, at::kLong).unsqueeze(0),
                                       at::randn({count, 8}, at::kDouble), {17, 8},
                                       at::device(at::kCPU).dtype(at::kDouble));
}

// Three copies of the parameters, with gradients of which some are missing or of rows.
std::vector<std::vector<at::Tensor>> CopiesWithGradients() {
  std::vector<std::vector<at::Tensor>> copies(3);
  for (size_t copy = 0; copy < copies.size(); ++copy) {
    for (const auto& shape : kShapes) {
      copies[copy].push_back(at::zeros(shape, at::kDouble).requires_grad_(true));
      if (copy == 1) continue;
      copies[copy].back().mutable_grad() = at::randn(shape, at::kDouble);
    }
  }
  copies[0][0].mutable_grad() = SomeRows({0, 3, 16});
  copies[1][0].mutable_grad() = SomeRows({3, 3, 1});  // as of two micro-batches
  return copies;
}

at::Tensor DenseSum(const GradientParts& parts) {
  at::Tensor sum = at::zeros(parts.front().sizes(), at::kDouble);
  for (const at::Tensor& part : parts) sum = sum + part.to_dense();
  return sum;
}

TEST(GradientPartsTest, AreTakenFromEachCopyThatHasOne) {
  at::manual_seed(2);
  const auto copies = CopiesWithGradients();
  at::Tensor expected = at::zeros({17, 8}, at::kDouble);
  for (const auto& copy : copies) expected = expected + copy[0].grad().to_dense();
  const PartedGradients gradients = TakeGradients(copies);
  ASSERT_EQ(gradients.size(), kShapes.size());
  EXPECT_EQ(gradients[0].size(), 3u);
  EXPECT_EQ(gradients[1].size(), 2u);
  EXPECT_TRUE(at::allclose(DenseSum(gradients[0]), expected, 1e-14, 1e-14));
  for (const auto& copy : copies) {
    for (const at::Tensor& parameter : copy) EXPECT_FALSE(parameter.grad().defined());
  }
  EXPECT_THROW(TakeGradients(copies), std::logic_error);
}

// Every rule from parts, against the reference's from their sums.
TEST(GradientPartsTest, GiveTheStepOfTheirSums) {
  at::manual_seed(3);
  for (const Case& rule : Rules()) {
    SCOPED_TRACE(rule.name);
    std::vector<at::Tensor> start;
    for (const auto& shape : kShapes) start.push_back(at::randn(shape, at::kDouble));
    const auto of_parts = MakeOptimizer(Copies(start), rule.options, rule.kernels);
    const auto of_sums = MakeOptimizer(Copies(start), rule.options);
    for (int update = 0; update < 30; ++update) {
      const ScheduleValues values = {.learning_rate = 1e-2 / (1 + update), .momentum = 0.8};
      const PartedGradients taken = TakeGradients(CopiesWithGradients());
      std::vector<at::Tensor> sums;
      for (const GradientParts& parts : taken) sums.push_back(DenseSum(parts));
      const at::Tensor norm = GlobalNorm(sums);
      const PartedGradients gradients = of_parts->Prepare(taken);
      EXPECT_NEAR(GlobalNorm(gradients).item<double>(), norm.item<double>(),
                  1e-13 * norm.item<double>());
      of_parts->ClipAndStep(gradients, {GlobalNorm(gradients), 3}, values, std::nullopt);
      ClipToNorm(sums, norm, 3);
      of_sums->Step(sums, values, std::nullopt);
    }
    for (size_t i = 0; i < start.size(); ++i) {
      const at::Tensor difference = of_parts->parameters()[i] - of_sums->parameters()[i];
      EXPECT_LE(difference.norm().item<double>(),
                1e-12 * of_sums->parameters()[i].norm().item<double>())
          << "tensor " << i;
    }
  }
}

TEST(OptimizerTorchTest, StepsAreSeenByVersionCounters) {
  for (const Case& rule : Rules()) {
    const auto optimizer = MakeOptimizer({at::ones({3})}, rule.options, rule.kernels);
    const auto before = optimizer->parameters()[0]._version();
    optimizer->Step({at::ones({3})}, {.learning_rate = 1, .momentum = 0.9}, std::nullopt);
    EXPECT_GT(optimizer->parameters()[0]._version(), before) << rule.name;
  }
}

TEST(OptimizerTorchTest, AdafactorKeepsRowsAndColumnsOfMatricesAlone) {
  const auto optimizer = MakeOptimizer({at::ones({40, 30}), at::ones({7})}, {.rule = Adafactor{}});
  int64_t numbers = 0;
  for (const at::Tensor& tensor : optimizer->State()) numbers += tensor.numel();
  EXPECT_EQ(numbers, 40 + 30 + 7 + 1);
}

TEST(OptimizerTorchTest, NoScheduleGivesPlainSgdAMomentum) {
  const auto optimizer = MakeOptimizer({at::zeros({3})}, {.rule = Sgd{}});
  for (int i = 0; i < 3; ++i) {
    optimizer->Step({at::ones({3})}, {.learning_rate = 1, .momentum = 0.9}, std::nullopt);
  }
  EXPECT_TRUE(optimizer->State().empty());
  EXPECT_TRUE(at::equal(optimizer->parameters()[0], at::full({3}, -3.0f)));
}

TEST(OptimizerTorchTest, AParameterWithoutGradientIsAnError) {
  const auto optimizer = MakeOptimizer({at::ones({2}).set_requires_grad(true)}, {});
  EXPECT_THROW(optimizer->Gradients(), std::logic_error);
}

}  // namespace
}  // namespace ablate

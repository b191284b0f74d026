#include "model/net/fused/projection_loss.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "model/net/fused/capability.h"
#include "model/net/fused/projection_loss_kernel.h"
#include "tests/fused/loss_checks.h"

namespace ablate::fused {
namespace {

class ProjectionLossShapes : public testing::TestWithParam<Shape> {
 protected:
  Inputs inputs_ =
      Random(GetParam().rows, GetParam().width, GetParam().vocabulary, GetParam().some_ignored);
};

TEST_P(ProjectionLossShapes, EqualsComposedInFloat64) {
  for (const double smoothing : {0.0, 0.1}) {
    for (const double upstream : {1.0, 3.0}) {
      ExpectCloseToLargest(Evaluate(Fused(smoothing, 0.25), inputs_, upstream),
                           Evaluate(Composed(smoothing, 0.25), inputs_, upstream), 1e-12);
    }
  }
}

TEST_P(ProjectionLossShapes, Float32IsCloseToFloat64) {
  const Inputs narrow = As(inputs_, at::kFloat);
  ExpectCloseToLargest(Evaluate(Fused(0.1, 0.5), narrow),
                       Evaluate(Composed(0.1, 0.5), As(narrow, at::kDouble)), 1e-5);
}

// Logits, their gradients and the results are rounded, each to 2^-9 of its size.
TEST_P(ProjectionLossShapes, Bfloat16IsWithinItsRounding) {
  const Inputs narrow = As(inputs_, at::kBFloat16);
  const auto actual = Evaluate(Fused(0.1, 0.5), narrow);
  EXPECT_EQ(actual[0].scalar_type(), at::kFloat);
  EXPECT_EQ(actual[1].scalar_type(), at::kBFloat16);
  EXPECT_EQ(actual[2].scalar_type(), at::kBFloat16);
  EXPECT_EQ(actual[3].scalar_type(), at::kFloat);
  ExpectCloseToLargest(actual, Evaluate(Composed(0.1, 0.5), As(narrow, at::kDouble)), 0.02);
}

// Bitwise in the kernel; the matrix products may divide their sums otherwise.
TEST_P(ProjectionLossShapes, DoesNotDependOnTheThreads) {
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const auto one = Evaluate(Fused(0.1, 1), inputs_);
  at::set_num_threads(2);
  const auto two = Evaluate(Fused(0.1, 1), inputs_);
  at::set_num_threads(before);
  ExpectCloseToLargest(two, one, 1e-14);
}

INSTANTIATE_TEST_SUITE_P(Sizes, ProjectionLossShapes,
                         testing::Values(Shape{{1}, 3, 2, false},         // one token
                                         Shape{{2, 7}, 5, 37, true},      // odd in everything
                                         Shape{{129}, 16, 512, false},    // a part, whole
                                         Shape{{3, 30}, 24, 1031, true},  // parts, the last short
                                         Shape{{40}, 8, 9001, true},   // parts beyond the smallest
                                         Shape{{1600}, 8, 33, true}),  // blocks
                         [](const auto& shape) {
                           return "Rows" +
                                  std::to_string(c10::multiply_integers(shape.param.rows)) +
                                  "Vocabulary" + std::to_string(shape.param.vocabulary);
                         });

TEST(ProjectionLossTest, GradientsAreNumericalOnes) {
  const Inputs inputs = Random({2, 3}, 4, 11, true);
  const Loss loss = Fused(0.2, 0.7);
  const auto results = Evaluate(loss, inputs);
  const at::NoGradGuard no_gradients;
  constexpr double kStep = 1e-5;
  for (size_t leaf = 0; leaf < 3; ++leaf) {
    const at::Tensor values = inputs.Leaves()[leaf].detach().view(-1);
    const at::Tensor gradients = results[leaf + 1].reshape(-1);
    for (int64_t i = 0; i < values.numel(); ++i) {
      const double value = values[i].item<double>();
      values[i] = value + kStep;
      const double above = loss(inputs).item<double>();
      values[i] = value - kStep;
      const double below = loss(inputs).item<double>();
      values[i] = value;
      EXPECT_NEAR(gradients[i].item<double>(), (above - below) / (2 * kStep), 1e-8);
    }
  }
}

TEST(ProjectionLossTest, WithoutGradientsIsTheSameLoss) {
  const Inputs inputs = As(Random({50}, 16, 700, true), at::kFloat);
  const float with = Evaluate(Fused(0.1, 1), inputs)[0].item<float>();
  const at::NoGradGuard no_gradients;
  const at::Tensor without = Fused(0.1, 1)(inputs);
  EXPECT_FALSE(without.requires_grad());
  EXPECT_EQ(without.item<float>(), with);
}

TEST(ProjectionLossTest, MakesTheGradientsThatAreNeeded) {
  const Inputs inputs = Random({9}, 4, 30, false);
  const auto all = Evaluate(Fused(0.1, 1), inputs);
  for (size_t only = 0; only < 3; ++only) {
    for (size_t leaf = 0; leaf < 3; ++leaf) inputs.Leaves()[leaf].requires_grad_(leaf == only);
    Fused(0.1, 1)(inputs).backward();
    for (size_t leaf = 0; leaf < 3; ++leaf) {
      at::Tensor grad = inputs.Leaves()[leaf].grad();
      ASSERT_EQ(grad.defined(), leaf == only);
      if (leaf == only) {
        EXPECT_TRUE(at::equal(grad, all[leaf + 1]));
      }
      inputs.Leaves()[leaf].mutable_grad().reset();
    }
  }
}

TEST(ProjectionLossTest, OfNoRealTokenIsZero) {
  Inputs inputs = Random({4}, 3, 9, false);
  inputs.targets.fill_(kIgnored);
  for (const at::Tensor& result : Evaluate(Fused(0.1, 1), inputs)) {
    EXPECT_EQ(result.abs().sum().item<double>(), 0);
  }
  const Inputs none = Random({0}, 3, 9, false);
  EXPECT_EQ(Fused(0.1, 1)(none).item<double>(), 0);
}

TEST(ProjectionLossTest, StandsLogitsThatOverflowExponentials) {
  Inputs inputs = As(Random({5}, 8, 2000, false), at::kFloat);
  inputs.weight.mul_(1000);
  const auto actual = Evaluate(Fused(0.1, 1), inputs);
  const auto expected = Evaluate(Composed(0.1, 1), As(inputs, at::kDouble));
  ExpectCloseToLargest(actual, expected, 1e-5);
}

// So that a run that diverges is seen to.
TEST(ProjectionLossTest, KeepsNaN) {
  Inputs inputs = As(Random({5}, 8, 2000, false), at::kFloat);
  inputs.bias[1234] = std::numeric_limits<float>::quiet_NaN();
  for (const at::Tensor& result : Evaluate(Fused(0, 1), inputs)) {
    EXPECT_TRUE(result.isnan().all().item<bool>());
  }
}

TEST(ProjectionLossTest, TakesInputsThatAreNotContiguous) {
  const Inputs inputs = Random({6}, 4, 20, false);
  Inputs strided = inputs;
  strided.hidden = at::empty_strided({6, 4}, {1, 6}, at::kDouble).copy_(inputs.hidden);
  strided.weight = at::empty_strided({20, 4}, {1, 20}, at::kDouble).copy_(inputs.weight);
  ExpectCloseToLargest(Evaluate(Fused(0.1, 1), strided), Evaluate(Fused(0.1, 1), inputs), 0);
}

// Those that this machine has.
TEST(ProjectionLossTest, InstructionSetsAgree) {
  constexpr int64_t kRows = 7, kVocabulary = 1100;
  at::manual_seed(2);
  const at::Tensor logits = at::randn({kRows, kVocabulary}), bias = at::randn({kVocabulary});
  const at::Tensor targets = at::randint(kVocabulary, {kRows}, at::kLong);
  const auto run = [&](Capability capability) {
    std::vector<at::Tensor> results{at::zeros({kRows}), logits.clone(), at::zeros({kVocabulary})};
    LogitRows<float, float> rows{};
    rows.logits = results[1].mutable_data_ptr<float>();
    rows.stride = kVocabulary;
    rows.bias = bias.const_data_ptr<float>();
    rows.targets = targets.const_data_ptr<int64_t>();
    rows.rows = kRows;
    rows.vocabulary = kVocabulary;
    rows.label_smoothing = 0.1F;
    rows.scale = 1;
    rows.column_sums = results[2].mutable_data_ptr<float>();
    rows.losses = results[0].mutable_data_ptr<float>();
    ChooseKernels<ProjectionLossKernels>(capability).of_float(rows);
    return results;
  };
  const auto plain = run(Capability::kDefault);
  const Capability best = CapabilityOfThisMachine();
  if (best >= Capability::kAvx2) ExpectCloseToLargest(run(Capability::kAvx2), plain, 1e-5);
  if (best >= Capability::kAvx512) ExpectCloseToLargest(run(Capability::kAvx512), plain, 1e-5);
}

TEST(ProjectionLossTest, RefusesWhatItCannotDo) {
  const Inputs good = Random({4}, 3, 9, false);
  const auto refuses = [](Inputs inputs, double smoothing = 0.1) {
    EXPECT_THROW(Fused(smoothing, 1)(inputs), c10::Error);
  };
  Inputs bad = good;
  bad.targets = at::full({4}, 9, at::kLong);
  refuses(bad);
  bad = good;
  bad.bias = good.bias.to(at::kFloat);
  refuses(bad);
  bad = good;
  bad.weight = good.weight.narrow(1, 0, 2);
  refuses(bad);
  bad = good;
  bad.targets = good.targets.view({2, 2});
  refuses(bad);
  refuses(good, 1.0);
}

TEST(ProjectionLossTest, SaysThatItHasNoSecondDerivatives) {
  const Inputs inputs = Random({4}, 3, 9, false);
  for (at::Tensor leaf : inputs.Leaves()) leaf.requires_grad_();
  const at::Tensor loss = Fused(0.1, 1)(inputs);
  try {
    loss.backward({}, /*retain_graph=*/true, /*create_graph=*/true);
    FAIL() << "nothing was thrown";
  } catch (const c10::Error& error) {
    EXPECT_NE(std::string(error.what()).find("create_graph"), std::string::npos) << error.what();
  }
}

TEST(ProjectionLossTest, SecondBackwardSaysThatThereIsNone) {
  const Inputs inputs = Random({4}, 3, 9, false);
  for (at::Tensor leaf : inputs.Leaves()) leaf.requires_grad_();
  const at::Tensor loss = Fused(0.1, 1)(inputs);
  loss.backward({}, /*retain_graph=*/true);
  EXPECT_THROW(loss.backward(), std::exception);
}

}  // namespace
}  // namespace ablate::fused

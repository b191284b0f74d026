#include "model/net/fused/half_projection_loss.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "model/net/fused/capability.h"
#include "model/net/fused/half_loss_kernel.h"
#include "tests/fused/loss_checks.h"

namespace ablate::fused {
namespace {

// Of hidden states of bfloat16 and a weight of float32.
Loss OfPanels(double smoothing, double scale) {
  return [=](const Inputs& in) {
    const WeightPanels panels = MakePanels(in.weight.detach());
    return ProjectionLoss(in.hidden, in.weight, in.bias, in.targets, kIgnored, smoothing, scale,
                          &panels);
  };
}

class HalfProjectionLossTest : public testing::TestWithParam<Shape> {
 protected:
  void SetUp() override {
    if (!HasBlockProducts()) GTEST_SKIP() << "no block products of bfloat16 on this processor";
  }

  // Weights are numbers of bfloat16, so that their rounding is none.
  static Inputs Halves(const Shape& shape) {
    const Inputs inputs = Random(shape.rows, shape.width, shape.vocabulary, shape.some_ignored);
    Inputs narrow = As(inputs, at::kBFloat16);
    narrow.weight = narrow.weight.to(at::kFloat);
    return narrow;
  }
};

// Only exponentials and gradients of logits are rounded, by 2^-9 of their size.
TEST_P(HalfProjectionLossTest, IsWithinItsRounding) {
  const Inputs inputs = Halves(GetParam());
  for (const double smoothing : {0.0, 0.1}) {
    const auto actual = Evaluate(OfPanels(smoothing, 0.5), inputs, 2);
    EXPECT_EQ(actual[1].scalar_type(), at::kBFloat16);
    EXPECT_EQ(actual[2].scalar_type(), at::kFloat);
    const auto exact = Evaluate(Composed(smoothing, 0.5), As(inputs, at::kDouble), 2);
    const auto loss = exact[0].item<double>();
    EXPECT_NEAR(actual[0].item<double>(), loss, 1e-6 * std::max(1.0, loss));
    ExpectCloseToLargest(actual, exact, 0.01);
  }
}

TEST_P(HalfProjectionLossTest, DoesNotDependOnTheThreads) {
  const Inputs inputs = Halves(GetParam());
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const auto one = Evaluate(OfPanels(0.1, 1), inputs);
  at::set_num_threads(2);
  const auto two = Evaluate(OfPanels(0.1, 1), inputs);
  at::set_num_threads(before);
  for (size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(two[i].equal(one[i])) << "result " << i;
}

TEST_P(HalfProjectionLossTest, WithoutGradientsIsTheSameLoss) {
  const Inputs inputs = Halves(GetParam());
  const float with = Evaluate(OfPanels(0.1, 1), inputs)[0].item<float>();
  const at::NoGradGuard no_gradients;
  EXPECT_EQ(OfPanels(0.1, 1)(inputs).item<float>(), with);
}

INSTANTIATE_TEST_SUITE_P(Sizes, HalfProjectionLossTest,
                         testing::Values(Shape{{1}, 32, 2, false}, Shape{{2, 7}, 64, 37, true},
                                         Shape{{129}, 32, 512, false},    // whole panels
                                         Shape{{3, 30}, 96, 1031, true},  // the last short
                                         Shape{{2300}, 32, 290, true}),   // blocks
                         [](const auto& shape) {
                           return "Rows" +
                                  std::to_string(c10::multiply_integers(shape.param.rows)) +
                                  "Vocabulary" + std::to_string(shape.param.vocabulary);
                         });

TEST_F(HalfProjectionLossTest, MakesTheGradientsThatAreNeeded) {
  const Inputs inputs = Halves({{9}, 32, 300, false});
  const auto all = Evaluate(OfPanels(0.1, 1), inputs);
  for (size_t only = 0; only < 3; ++only) {
    for (size_t leaf = 0; leaf < 3; ++leaf) inputs.Leaves()[leaf].requires_grad_(leaf == only);
    OfPanels(0.1, 1)(inputs).backward();
    for (size_t leaf = 0; leaf < 3; ++leaf) {
      const at::Tensor grad = inputs.Leaves()[leaf].grad();
      ASSERT_EQ(grad.defined(), leaf == only);
      if (leaf == only) EXPECT_TRUE(at::equal(grad, all[leaf + 1]));
      inputs.Leaves()[leaf].mutable_grad().reset();
    }
  }
}

// As those that fill a packed batch up: no row is copied for them.
TEST_F(HalfProjectionLossTest, IgnoredRowsAtTheEndGetNoGradient) {
  const Inputs inputs = Halves({{40}, 32, 300, false});
  Inputs filled = inputs;
  filled.hidden = at::cat({inputs.hidden.detach(), at::ones({5, 32}, at::kBFloat16)});
  filled.targets = at::cat({inputs.targets, at::full({5}, kIgnored, at::kLong)});
  const auto alone = Evaluate(OfPanels(0.1, 1), inputs);
  const auto actual = Evaluate(OfPanels(0.1, 1), filled);
  EXPECT_TRUE(actual[0].equal(alone[0]));
  EXPECT_TRUE(actual[1].narrow(0, 0, 40).equal(alone[1]));
  EXPECT_EQ(actual[1].narrow(0, 40, 5).abs().sum().item<double>(), 0);
  EXPECT_TRUE(actual[2].equal(alone[2]));
}

TEST_F(HalfProjectionLossTest, StandsLogitsThatOverflowExponentials) {
  Inputs inputs = Halves({{5}, 32, 700, false});
  inputs.weight.mul_(1024);
  ExpectCloseToLargest(Evaluate(OfPanels(0.1, 1), inputs),
                       Evaluate(Composed(0.1, 1), As(inputs, at::kDouble)), 0.01);
}

TEST_F(HalfProjectionLossTest, KeepsNaN) {
  Inputs inputs = Halves({{5}, 32, 700, false});
  inputs.bias[300] = std::numeric_limits<float>::quiet_NaN();
  for (const at::Tensor& result : Evaluate(OfPanels(0, 1), inputs)) {
    EXPECT_TRUE(result.isnan().all().item<bool>());
  }
}

TEST_F(HalfProjectionLossTest, RefusesPanelsOfAnotherWeight) {
  const Inputs inputs = Halves({{5}, 32, 70, false});
  const WeightPanels others = MakePanels(at::zeros({300, 32}));
  EXPECT_THROW(ProjectionLoss(inputs.hidden, inputs.weight, inputs.bias, inputs.targets, kIgnored,
                              0, 1, &others),
               c10::Error);
}

// The kernels of those that this machine has.
TEST(HalfLossKernelsTest, InstructionSetsAgree) {
  constexpr int64_t kRows = 7, kColumns = 64, kReal = 50;
  at::manual_seed(2);
  const at::Tensor products = at::randn({kRows, kColumns}) * 4, bias = at::randn({kReal});
  const at::Tensor targets = at::randint(kReal, {kRows}, at::kLong);
  const auto run = [&](Capability capability) {
    const HalfLossKernels& kernels = ChooseKernels<HalfLossKernels>(capability);
    std::vector<at::Tensor> made(6);
    for (at::Tensor& of_rows : made) of_rows = at::zeros({kRows});
    made[0] = at::zeros({kRows, kColumns}, at::kBFloat16);
    const auto at = [&](size_t i) { return made[i].mutable_data_ptr<float>(); };
    auto* const numbers = made[0].mutable_data_ptr<c10::BFloat16>();
    const auto* const ids = targets.const_data_ptr<int64_t>();
    at::Tensor logits = products.clone(), target_logits = at::zeros({kRows});
    kernels.exponentials({.product = logits.mutable_data_ptr<float>(),
                          .rows = kRows,
                          .columns = kColumns,
                          .stride = kColumns,
                          .first = 0,
                          .real = kReal,
                          .bias = bias.const_data_ptr<float>(),
                          .targets = ids,
                          .exponentials = numbers,
                          .maxima = at(1),
                          .sums = at(2),
                          .logit_sums = at(3),
                          .statistics_stride = 1,
                          .target_logits = target_logits.mutable_data_ptr<float>()});
    kernels.losses({.rows = kRows,
                    .vocabulary = kReal,
                    .panels = 1,
                    .label_smoothing = 0.1F,
                    .scale = 1,
                    .target_logits = target_logits.const_data_ptr<float>(),
                    .maxima = at(1),
                    .sums = at(2),
                    .logit_sums = at(3),
                    .losses = at(4),
                    .target_gradients = at(5)});
    kernels.gradients({.numbers = numbers,
                       .rows = kRows,
                       .columns = kColumns,
                       .first = 0,
                       .real = kReal,
                       .factors = at(1),
                       .factors_stride = 1,
                       .uniform = 0.1F / kReal,
                       .targets = ids,
                       .target_gradients = at(5)});
    return made;
  };
  const auto plain = run(Capability::kDefault);
  const at::Tensor exact = at::cross_entropy_loss((products.narrow(1, 0, kReal) + bias), targets,
                                                  {}, at::Reduction::None, -100, 0.1);
  ExpectCloseToLargest({plain[4]}, {exact}, 1e-5);
  for (const Capability capability : {Capability::kAvx2, Capability::kAvx512}) {
    if (CapabilityOfThisMachine() < capability) continue;
    const auto other = run(capability);
    ExpectCloseToLargest({other[0]}, {plain[0]}, 0.01);
    for (size_t i = 1; i < plain.size(); ++i) ExpectCloseToLargest({other[i]}, {plain[i]}, 1e-5);
  }
}

}  // namespace
}  // namespace ablate::fused

#include "model/net/fused/half_linear.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "tests/fused/row_checks.h"

namespace ablate::fused {
namespace {

// Of a matrix of one panel.
at::Tensor PairedColumn(const PairedMatrix& paired, int64_t column) {
  return paired.panels.view({paired.rows / 2, paired.columns, 2}).select(1, column).flatten();
}

// Rounded to bfloat16 and back.
at::Tensor Rounded(const at::Tensor& tensor) { return tensor.to(at::kBFloat16).to(at::kDouble); }

class HalfLinearTest : public testing::Test {
 protected:
  HalfLinearTest() { at::manual_seed(1); }
  void SetUp() override {
    if (!HasBlockProducts()) GTEST_SKIP() << "no block products of bfloat16 on this processor";
  }

  // Result, then gradients of x, weight and, where there is one, bias.
  static Tensors Run(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                     const at::Tensor& d_result) {
    Tensors inputs{x.to(at::kBFloat16), weight};
    if (bias.defined()) inputs.push_back(bias);
    return RunAndDifferentiate(
        [](const Tensors& in) {
          return Tensors{HalfLinear(in[0], in[1], MakePanels(in[1].detach()),
                                    in.size() > 2 ? in[2] : at::Tensor())};
        },
        inputs, {d_result.to(at::kBFloat16)});
  }

  // The same in float64, of rounded factors.
  static Tensors Exact(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                       const at::Tensor& d_result) {
    Tensors inputs{Rounded(x), Rounded(weight)};
    if (bias.defined()) inputs.push_back(bias.to(at::kDouble));
    return RunAndDifferentiate(
        [](const Tensors& in) {
          return Tensors{at::linear(in[0], in[1], in.size() > 2 ? in[2] : at::Tensor())};
        },
        inputs, {Rounded(d_result)});
  }
};

TEST_F(HalfLinearTest, IsTheLinearLayerOfRoundedFactors) {
  for (const bool with_bias : {false, true}) {
    for (const std::vector<int64_t>& rows : {std::vector<int64_t>{5}, {64}, {3, 41}}) {
      std::vector<int64_t> x_sizes = rows, d_sizes = rows;
      x_sizes.push_back(96);
      d_sizes.push_back(288);
      const at::Tensor x = Random(x_sizes, at::kFloat), d_result = Random(d_sizes, at::kFloat);
      const at::Tensor weight = Random({288, 96}, at::kFloat);
      const at::Tensor bias = with_bias ? Random({288}, at::kFloat) : at::Tensor();
      const Tensors ours = Run(x, weight, bias, d_result);
      const Tensors exact = Exact(x, weight, bias, d_result);
      ASSERT_EQ(ours.size(), exact.size());
      EXPECT_EQ(ours[0].scalar_type(), at::kBFloat16);
      EXPECT_EQ(ours[1].scalar_type(), at::kBFloat16);
      EXPECT_LE(Distance(ours[0], exact[0]), 1.0 / 256);
      EXPECT_LE(Distance(ours[1], exact[1]), 1.0 / 256);
      for (size_t i = 2; i < ours.size(); ++i) {
        EXPECT_EQ(ours[i].scalar_type(), at::kFloat);
        EXPECT_LE(Distance(ours[i], exact[i]), 1e-5) << "gradient of parameter " << i;
      }
    }
  }
}

// 1 and 2^-9 are bfloat16; their sum is not.
TEST_F(HalfLinearTest, TheWeightsGradientIsNotRounded) {
  at::Tensor x = at::zeros({2, 32}, at::kBFloat16);
  x[0][0] = 1;
  x[1][0] = 1.0 / 512;
  const at::Tensor weight = at::zeros({32, 32}).requires_grad_();
  HalfLinear(x, weight, MakePanels(weight.detach()), at::Tensor()).sum().backward();
  EXPECT_EQ(weight.grad()[0][0].item<float>(), 1 + 1.0F / 512);
}

TEST_F(HalfLinearTest, MakesTheGradientsThatAreNeeded) {
  const at::Tensor bias = Random({64}, at::kFloat), d_result = Random({9, 64}, at::kBFloat16);
  const Tensors leaves{Random({9, 32}, at::kBFloat16), Random({64, 32}, at::kFloat), bias};
  for (size_t only = 0; only < leaves.size(); ++only) {
    Tensors in;
    for (size_t i = 0; i < leaves.size(); ++i) {
      in.push_back(leaves[i].detach().clone().requires_grad_(i == only));
    }
    HalfLinear(in[0], in[1], MakePanels(in[1].detach()), in[2]).backward(d_result);
    for (size_t i = 0; i < in.size(); ++i) EXPECT_EQ(in[i].grad().defined(), i == only) << i;
  }
  const at::NoGradGuard no_gradients;
  const at::Tensor weight = leaves[1].detach().requires_grad_();
  EXPECT_FALSE(HalfLinear(leaves[0], weight, MakePanels(weight), bias).requires_grad());
}

TEST_F(HalfLinearTest, TakesRowsThatAreNotContiguous) {
  const at::Tensor weight = Random({64, 32}, at::kFloat), x = Random({32, 7}, at::kBFloat16).t();
  const WeightPanels panels = MakePanels(weight);
  EXPECT_TRUE(HalfLinear(x, weight, panels, at::Tensor())
                  .equal(HalfLinear(x.contiguous(), weight, panels, at::Tensor())));
}

TEST_F(HalfLinearTest, RefreshedPanelsAreTheWeights) {
  const at::Tensor x = Random({40, 96}, at::kBFloat16);
  WeightToPanels first{Random({640, 96}, at::kFloat), {}}, second{Random({32, 96}, at::kFloat), {}};
  for (WeightToPanels* one : {&first, &second}) one->panels = MakePanels(one->weight);
  for (WeightToPanels* one : {&first, &second}) one->weight.add_(1);
  RefreshPanels({&first, &second});
  for (const WeightToPanels* one : {&first, &second}) {
    EXPECT_TRUE(HalfLinear(x, one->weight, one->panels, at::Tensor())
                    .equal(HalfLinear(x, one->weight, MakePanels(one->weight), at::Tensor())));
  }
}

TEST_F(HalfLinearTest, RefusesToGoBackThroughPanelsThatHaveChanged) {
  const at::Tensor x = Random({4, 32}, at::kBFloat16).requires_grad_();
  WeightToPanels weight{Random({32, 32}, at::kFloat), {}};
  weight.panels = MakePanels(weight.weight);
  const at::Tensor result = HalfLinear(x, weight.weight, weight.panels, at::Tensor());
  RefreshPanels({&weight});
  EXPECT_THROW(result.sum().backward(), c10::Error);
}

// Rounded to the nearest: halves to even, infinities as they are, and what is no number stays so.
TEST_F(HalfLinearTest, WeightsAreRoundedAsByLibTorch) {
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> odd{1 + 1.0F / 256, 1 + 3.0F / 256, -1 - 1.0F / 256, 1e-40F,
                               infinity,       -infinity,      3.4e38F,         NAN};
  at::Tensor weight = Random({32, 32}, at::kFloat);
  for (size_t i = 0; i < odd.size(); ++i) weight[static_cast<int64_t>(i)][3] = odd[i];
  const at::Tensor picked = PairedColumn(MakePanels(weight).backward, /*column=*/3)
                                .narrow(0, 0, static_cast<int64_t>(odd.size()));
  const at::Tensor expected = at::tensor(odd).to(at::kBFloat16);
  EXPECT_TRUE(at::allclose(picked, expected, 0, 0, /*equal_nan=*/true)) << picked << expected;
}

TEST_F(HalfLinearTest, TakesWhatFitsBlocks) {
  EXPECT_TRUE(FitsHalfLinear(at::zeros({64, 32})));
  EXPECT_FALSE(FitsHalfLinear(at::zeros({65, 32})));
  EXPECT_TRUE(FitsPanels(at::zeros({65, 32})));
  EXPECT_FALSE(FitsPanels(at::zeros({64, 33})));
  EXPECT_FALSE(FitsPanels(at::zeros({64, 32}, at::kDouble)));
  const at::Tensor weight = at::zeros({64, 32}), bias = at::zeros({64});
  const WeightPanels panels = MakePanels(weight);
  const at::Tensor x = at::zeros({3, 32}, at::kBFloat16);
  EXPECT_THROW(HalfLinear(x.to(at::kFloat), weight, panels, bias), c10::Error);
  EXPECT_THROW(HalfLinear(at::zeros({3, 64}, at::kBFloat16), weight, panels, bias), c10::Error);
  EXPECT_THROW(HalfLinear(x, at::zeros({96, 32}), panels, bias), c10::Error);
  EXPECT_THROW(HalfLinear(x, weight, panels, bias.to(at::kBFloat16)), c10::Error);
  EXPECT_THROW(HalfLinear(x, at::zeros({65, 32}), MakePanels(at::zeros({65, 32})), at::Tensor()),
               c10::Error);
}

}  // namespace
}  // namespace ablate::fused

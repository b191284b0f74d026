#include "model/net/loss.h"

#include <gtest/gtest.h>

#include <cmath>

namespace ablate {
namespace {

// By hand: one sentence of two tokens and a PAD, four words.
TEST(CrossEntropyTest, SumsOverRealTokensAndCountsThem) {
  const auto logits =
      at::tensor({1.0, 2.0, 3.0, 0.0, 0.0, 0.0, 0.0, 5.0, 9.0, 9.0, 9.0, 9.0}).view({1, 3, 4});
  const auto target = at::tensor({2, 3, 1}, at::kLong).view({1, 3});
  const double first = std::log(std::exp(1) + std::exp(2) + std::exp(3) + 1);
  const double second = std::log(3 + std::exp(5));

  const TokenLoss plain = CrossEntropy(logits, target, {});
  EXPECT_NEAR(plain.sum.item<double>(), first - 3 + second - 5, 1e-5);
  EXPECT_EQ(plain.count.item<int64_t>(), 2);

  const double smoothing = 0.2;
  const double everywhere = first - 6.0 / 4 + second - 5.0 / 4;
  const TokenLoss smoothed = CrossEntropy(logits, target, {.label_smoothing = smoothing});
  EXPECT_NEAR(smoothed.sum.item<double>(),
              (1 - smoothing) * (first - 3 + second - 5) + smoothing * everywhere, 1e-5);
}

TEST(CrossEntropyTest, OfAllPaddingIsZeroOfZero) {
  const TokenLoss loss = CrossEntropy(at::randn({2, 3, 5}), at::full({2, 3}, 1, at::kLong), {.label_smoothing = 0.1});
  EXPECT_EQ(loss.sum.item<double>(), 0);
  EXPECT_EQ(loss.count.item<int64_t>(), 0);
}

TEST(CrossEntropyTest, IsFloat32ForHalfPrecisionLogits) {
  const auto logits = at::randn({2, 3, 5}).to(at::kBFloat16);
  const auto target = at::full({2, 3}, 4, at::kLong);
  const TokenLoss loss = CrossEntropy(logits, target, {.label_smoothing = 0.1});
  EXPECT_EQ(loss.sum.scalar_type(), at::kFloat);
  EXPECT_EQ(loss.sum.item<float>(),
            CrossEntropy(logits.to(at::kFloat), target, {.label_smoothing = 0.1}).sum.item<float>());
}

}  // namespace
}  // namespace ablate

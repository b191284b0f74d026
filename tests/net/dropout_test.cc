#include "model/net/dropout.h"

#include <gtest/gtest.h>

#include <cmath>

namespace ablate {
namespace {

TEST(DropoutTest, KeepsTheMeanAndDropsTheStatedShareOfEveryLane) {
  at::manual_seed(1);
  constexpr int64_t kElements = 400'000;
  for (const double probability : {0.1, 0.5, 0.9}) {
    const auto y = Dropout(at::ones({kElements / 4, 4}), probability);
    // Four standard deviations of a Bernoulli mean.
    const double tolerance = 4 * std::sqrt(probability * (1 - probability) / (kElements / 4.0));
    const auto shares = y.eq(0).to(at::kFloat).mean(0);
    for (int64_t lane = 0; lane < 4; ++lane) {
      EXPECT_NEAR(shares[lane].item<double>(), probability, tolerance);
    }
    EXPECT_NEAR(y.mean().item<double>(), 1, tolerance / (1 - probability));
    EXPECT_NEAR(y.max().item<double>(), 1 / (1 - probability), 1e-3);
  }
}

TEST(DropoutTest, NeighboursAreIndependent) {
  at::manual_seed(2);
  const auto kept = Dropout(at::ones({400'001}), 0.5).gt(0).to(at::kFloat);
  for (const int64_t distance : {1, 2, 3, 4}) {
    const auto both = kept.slice(0, distance) * kept.slice(0, 0, kept.size(0) - distance);
    EXPECT_NEAR(both.mean().item<double>(), 0.25, 0.004) << distance;
  }
}

TEST(DropoutTest, GradientsPassWhereElementsDid) {
  const auto x = at::randn({3, 5, 7}).requires_grad_();
  const auto y = Dropout(x, 0.4);
  y.sum().backward();
  EXPECT_TRUE(x.grad().allclose(y.detach() / x.detach()));
}

TEST(DropoutTest, FollowsTheSeedAndTheType) {
  const auto x = at::ones({1001}, at::kBFloat16);
  at::manual_seed(3);
  const auto first = Dropout(x, 0.3);
  const auto second = Dropout(x, 0.3);
  at::manual_seed(3);
  EXPECT_TRUE(Dropout(x, 0.3).equal(first));
  EXPECT_FALSE(second.equal(first));
  EXPECT_EQ(first.scalar_type(), at::kBFloat16);
}

TEST(DropoutTest, IsTheIdentityOutsideTrainingAndAtZero) {
  const auto x = at::randn({10});
  EXPECT_TRUE(Dropout(x, 0).is_same(x));
  EXPECT_TRUE(Dropout(x, 0).is_same(x));
  EXPECT_TRUE(Dropout(x, 0.999999999).isfinite().all().item<bool>());
}

}  // namespace
}  // namespace ablate

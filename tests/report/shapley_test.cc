#include "harness/report/shapley.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace ablate {
namespace {

using Values = std::vector<double>;

SubsetValue Lookup(const Values& values) {
  return [&values](uint32_t subset) { return std::optional(values[subset]); };
}

Values RandomValues(size_t factors) {
  std::mt19937_64 random(5);
  std::normal_distribution<double> normal;
  Values values(size_t{1} << factors);
  std::ranges::generate(values, [&] { return normal(random); });
  return values;
}

// The definition, word for word: the mean over every order of what each factor adds.
Values MeanOverOrders(size_t factors, const Values& values) {
  std::vector<size_t> order(factors);
  std::iota(order.begin(), order.end(), 0);
  Values shares(factors, 0.0);
  double orders = 0;
  do {
    uint32_t subset = 0;
    for (const size_t factor : order) {
      const uint32_t with = subset | uint32_t{1} << factor;
      shares[factor] += values[with] - values[subset];
      subset = with;
    }
    ++orders;
  } while (std::ranges::next_permutation(order).found);
  for (double& share : shares) share /= orders;
  return shares;
}

TEST(ShapleyTest, IsTheMeanOverAllOrders) {
  for (const size_t factors : {1u, 2u, 3u, 4u, 7u}) {
    const Values values = RandomValues(factors);
    const Values truth = MeanOverOrders(factors, values);
    const Values ours = ShapleyValues(factors, Lookup(values)).value();
    ASSERT_EQ(ours.size(), factors);
    for (size_t i = 0; i < factors; ++i) EXPECT_NEAR(ours[i], truth[i], 1e-12);
  }
}

TEST(ShapleyTest, SumsToTheWhole) {
  constexpr size_t kFactors = 10;
  const Values values = RandomValues(kFactors);
  const Values shares = ShapleyValues(kFactors, Lookup(values)).value();
  EXPECT_NEAR(std::accumulate(shares.begin(), shares.end(), 0.0), values.back() - values.front(),
              1e-12);
}

TEST(ShapleyTest, GivesEachItsOwnAndHalvesWhatTwoDoTogether) {
  const auto value = [](uint32_t subset) -> std::optional<double> {
    return 0.7 * ((subset & 1) != 0) + 0.2 * ((subset & 2) != 0) + 0.1 * ((subset & 3) == 3);
  };
  const Values shares = ShapleyValues(3, value).value();
  EXPECT_NEAR(shares[0], 0.75, 1e-15);
  EXPECT_NEAR(shares[1], 0.25, 1e-15);
  EXPECT_NEAR(shares[2], 0, 1e-15);
}

TEST(ShapleyTest, IsAbsentWhereACellIsMissing) {
  const auto value = [](uint32_t subset) {
    return subset == 2 ? std::nullopt : std::optional(1.0 * subset);
  };
  EXPECT_FALSE(ShapleyValues(2, value).has_value());
  EXPECT_TRUE(ShapleyValues(1, value).has_value());
  EXPECT_FALSE(ShapleyValues(kMaxShapleyFactors + 1, value).has_value());
  EXPECT_EQ(ShapleyValues(0, value), Values{});
}

}  // namespace
}  // namespace ablate

#include "harness/report/bootstrap.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <random>
#include <vector>

#include "tests/support/process.h"

namespace ablate {
namespace {

using nlohmann::json;

std::vector<double> Sample(size_t n) {
  std::mt19937_64 random(n);
  std::lognormal_distribution<double> value(0, 0.8);  // skewed: its limits are not symmetric
  std::vector<double> values(n);
  for (double& x : values) x = value(random);
  return values;
}

TEST(BootstrapTest, AgreesWithSciPyWithinTheNoiseOfResampling) {
  json question{Sample(10), Sample(40)};
  const json truth =
      json::parse(testing::RunPython("tests/report/bootstrap.py", {}, question.dump()));
  for (size_t i = 0; i < truth.size(); ++i) {
    const auto ours = BootstrapInterval(question[i].get<std::vector<double>>()).value();
    const double low = truth[i][0], high = truth[i][1];
    EXPECT_NEAR(ours.low.value(), low, 0.03 * (high - low));
    EXPECT_NEAR(ours.high.value(), high, 0.03 * (high - low));
  }
}

TEST(BootstrapTest, GivesTheSameLimitsEachTime) {
  EXPECT_EQ(BootstrapInterval(Sample(12))->low, BootstrapInterval(Sample(12))->low);
}

TEST(BootstrapTest, NeedsTenValues) {
  EXPECT_FALSE(BootstrapInterval(Sample(9)).has_value());
  EXPECT_TRUE(BootstrapInterval(Sample(10)).has_value());
}

}  // namespace
}  // namespace ablate

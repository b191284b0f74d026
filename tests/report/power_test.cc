#include "harness/report/power.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <random>
#include <vector>

#include "harness/report/statistics.h"
#include "tests/support/process.h"

namespace ablate {
namespace {

using nlohmann::json;

TEST(PowerTest, AgreesWithStatsmodels) {
  json question;
  for (const int n : {2, 3, 6, 20, 300}) {
    for (const double shift : {0.1, 1.0, 2.0, 5.0}) {  // of t; SciPy knows no answer far out
      for (const double alpha : {0.05, 0.002}) {
        question["power"].push_back({shift / std::sqrt(n), n, alpha});
      }
    }
  }
  for (const int n : {3, 4, 6, 10, 50}) {
    for (const double power : {0.8, 0.95}) question["effect"].push_back({n, power, 0.05});
  }
  const json truth = json::parse(testing::RunPython("tests/report/power.py", {}, question.dump()));
  for (size_t i = 0; i < truth["power"].size(); ++i) {
    const json& q = question["power"][i];
    EXPECT_NEAR(TTestPower(q[0], q[1], q[2]), truth["power"][i], 2e-6) << q;
  }
  for (size_t i = 0; i < truth["effect"].size(); ++i) {
    const json& q = question["effect"][i];
    const double effect = std::log(MinimumDetectableRatio(1, q[0], q[1], q[2]).value());
    EXPECT_NEAR(effect / truth["effect"][i].get<double>(), 1, 1e-5) << q;
  }
}

TEST(PowerTest, FindsThePlantedRatioAsOftenAsItSays) {
  constexpr int kRepetitions = 4000, kSeeds = 6;
  constexpr double kDeviation = 0.04;
  const double planted = std::log(MinimumDetectableRatio(kDeviation, kSeeds).value());
  std::mt19937_64 random(3);
  std::normal_distribution<double> contrast(planted, kDeviation);
  int found = 0;
  for (int i = 0; i < kRepetitions; ++i) {
    std::vector<double> contrasts(kSeeds);
    for (double& value : contrasts) value = contrast(random);
    found += MeanPValue(contrasts).value() < 0.05;
  }
  EXPECT_NEAR(static_cast<double>(found) / kRepetitions, 0.8, 0.025);
}

TEST(PowerTest, OneSeedDetectsNothing) {
  EXPECT_FALSE(MinimumDetectableRatio(0.1, 1).has_value());
  EXPECT_GT(MinimumDetectableRatio(0.1, 2), MinimumDetectableRatio(0.1, 3));
}

}  // namespace
}  // namespace ablate

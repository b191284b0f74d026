#include "harness/report/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "tests/support/process.h"

namespace ablate {
namespace {

using nlohmann::json;

void ExpectClose(double ours, double truth, const json& question) {
  EXPECT_NEAR(ours, truth, 1e-10 * std::max(1.0, std::abs(truth))) << question;
}

const std::vector<std::vector<double>> kGroups{{1, 2, 4}, {7}, {3, 3.5}, {0.1, 0.2, 0.4, 0.3}};

json Questions() {
  json question{{"groups", kGroups}};
  for (const double degrees : {1.0, 2.0, 3.0, 5.0, 11.0, 23.5, 100.0, 5000.0}) {
    for (const double p : {1e-6, 0.001, 0.025, 0.3, 0.5, 0.8, 0.975, 0.9995}) {
      question["student"].push_back({p, degrees});
    }
    for (const double t : {-40.0, -2.5, -0.1, 0.0, 0.7, 3.0, 12.0}) {
      question["cdf"].push_back({t, degrees});
    }
    for (const double f : {0.0, 0.3, 1.0, 4.5, 60.0}) {
      for (const double numerator : {1.0, 2.0, 7.0}) {
        question["f"].push_back({f, numerator, degrees});
      }
    }
  }
  for (const double a : {0.5, 1.0, 4.0, 60.0}) {
    for (const double b : {0.5, 2.0, 33.0}) {
      for (const double x : {0.0, 0.01, 0.4, 0.9, 1.0}) question["beta"].push_back({a, b, x});
    }
  }
  const std::vector<std::vector<double>> samples{
      {5.0, 7.5}, {1.2, 1.3, 1.1, 1.25, 0.9, 1.4}, {100.0, 3.0, 20.0}};
  for (const auto& sample : samples) {
    for (const double confidence : {0.9, 0.95, 0.9978}) {
      question["samples"].push_back({sample, confidence});
    }
  }
  return question;
}

// Holds `ours(arguments)` to the truth of every question of the kind.
template <typename Function>
void ExpectAll(const json& questions, const json& truth, const Function& ours) {
  ASSERT_EQ(questions.size(), truth.size());
  for (size_t i = 0; i < truth.size(); ++i) ExpectClose(ours(questions[i]), truth[i], questions[i]);
}

TEST(StatisticsTest, AgreesWithSciPy) {
  const json asked = Questions();
  const json truth =
      json::parse(testing::RunPython("tests/report/statistics.py", {}, asked.dump()));
  ExpectAll(asked["student"], truth["student"],
            [](const json& q) { return StudentTQuantile(q[0], q[1]); });
  ExpectAll(asked["cdf"], truth["cdf"], [](const json& q) { return StudentTCdf(q[0], q[1]); });
  ExpectAll(asked["cdf"], truth["two_sided"],
            [](const json& q) { return StudentTPValue(q[0], q[1]); });
  ExpectAll(asked["beta"], truth["beta"],
            [](const json& q) { return IncompleteBeta(q[0], q[1], q[2]); });
  ExpectAll(asked["f"], truth["f"], [](const json& q) { return FPValue(q[0], q[1], q[2]); });
  for (size_t i = 0; i < truth["samples"].size(); ++i) {
    const json& q = asked["samples"][i];
    const json& row = truth["samples"][i];
    auto values = q[0].get<std::vector<double>>();
    const Interval ours = GeometricMeanInterval(values, q[1]);
    ExpectClose(ours.mean, row[0], q);
    ExpectClose(ours.low.value(), row[1], q);
    ExpectClose(ours.high.value(), row[2], q);
    for (double& value : values) value = std::log(value);
    ExpectClose(MeanPValue(values).value(), row[3], q);
  }
  const Spread pooled = PooledSpread(kGroups).value();
  ExpectClose(pooled.deviation, truth["groups"][0], kGroups);
  EXPECT_EQ(pooled.degrees, truth["groups"][1]);
}

TEST(StatisticsTest, TakesASpreadFromElsewhere) {
  const Interval interval = MeanInterval(2.0, 4, Spread{3.0, 10}, 0.9);
  EXPECT_NEAR(interval.high.value(), 2 + StudentTQuantile(0.95, 10) * 3 / 2, 1e-12);
  EXPECT_NEAR(interval.low.value(), 2 - StudentTQuantile(0.95, 10) * 3 / 2, 1e-12);
}

TEST(StatisticsTest, InventsNoProbability) {
  EXPECT_FALSE(MeanPValue(std::vector{0.3}).has_value());
  EXPECT_FALSE(MeanPValue(std::vector{0.3, 0.3, 0.3}).has_value());
  // A ratio that is the same in every seed differs between them by rounding.
  const double ratio = std::log(2e9) - std::log(3e9);
  EXPECT_FALSE(MeanPValue(std::vector{ratio, std::log(2e8) - std::log(3e8)}).has_value());
  EXPECT_FALSE(SpreadOf(std::vector{1.0}).has_value());
  EXPECT_FALSE(PooledSpread(std::vector<std::vector<double>>{{1}, {2}, {}}).has_value());
}

TEST(StatisticsTest, GivesNoLimitsForOneValue) {
  const Interval interval = GeometricMeanInterval(std::vector<double>{4.0});
  EXPECT_DOUBLE_EQ(interval.mean, 4.0);
  EXPECT_FALSE(interval.low.has_value());
  EXPECT_FALSE(interval.high.has_value());
}

}  // namespace
}  // namespace ablate

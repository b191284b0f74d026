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

TEST(StatisticsTest, AgreesWithSciPy) {
  json question;
  for (const double degrees : {1.0, 2.0, 3.0, 5.0, 11.0, 23.5, 100.0, 5000.0}) {
    for (const double p : {1e-6, 0.001, 0.025, 0.3, 0.5, 0.8, 0.975, 0.9995}) {
      question["student"].push_back({p, degrees});
    }
    for (const double t : {-40.0, -2.5, -0.1, 0.0, 0.7, 3.0, 12.0}) {
      question["cdf"].push_back({t, degrees});
    }
  }
  for (const double a : {0.5, 1.0, 4.0, 60.0}) {
    for (const double b : {0.5, 2.0, 33.0}) {
      for (const double x : {0.0, 0.01, 0.4, 0.9, 1.0}) question["beta"].push_back({a, b, x});
    }
  }
  question["samples"] = {{5.0, 7.5}, {1.2, 1.3, 1.1, 1.25, 0.9, 1.4}, {100.0, 3.0, 20.0}};

  const json truth =
      json::parse(testing::RunPython("tests/report/statistics.py", {}, question.dump()));
  for (size_t i = 0; i < truth["student"].size(); ++i) {
    const json& q = question["student"][i];
    ExpectClose(StudentTQuantile(q[0], q[1]), truth["student"][i], q);
  }
  for (size_t i = 0; i < truth["cdf"].size(); ++i) {
    const json& q = question["cdf"][i];
    ExpectClose(StudentTCdf(q[0], q[1]), truth["cdf"][i], q);
  }
  for (size_t i = 0; i < truth["beta"].size(); ++i) {
    const json& q = question["beta"][i];
    ExpectClose(IncompleteBeta(q[0], q[1], q[2]), truth["beta"][i], q);
  }
  for (size_t i = 0; i < truth["samples"].size(); ++i) {
    const json& q = question["samples"][i];
    const Interval ours = GeometricMeanInterval(q.get<std::vector<double>>());
    ExpectClose(ours.mean, truth["samples"][i][0], q);
    ExpectClose(ours.low.value(), truth["samples"][i][1], q);
    ExpectClose(ours.high.value(), truth["samples"][i][2], q);
  }
}

TEST(StatisticsTest, GivesNoLimitsForOneValue) {
  const Interval interval = GeometricMeanInterval(std::vector<double>{4.0});
  EXPECT_DOUBLE_EQ(interval.mean, 4.0);
  EXPECT_FALSE(interval.low.has_value());
  EXPECT_FALSE(interval.high.has_value());
}

}  // namespace
}  // namespace ablate

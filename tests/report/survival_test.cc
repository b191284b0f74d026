#include "harness/report/survival.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "tests/support/process.h"

namespace ablate {
namespace {

using nlohmann::json;
using Runs = std::vector<SurvivalTime>;

// lifelines takes no infinity; what lies beyond all other times is as good as never.
double Finite(double time) { return std::isfinite(time) ? time : 1e9; }

json Question(const Runs& runs, double tau) {
  json question{{"tau", tau}};
  for (const SurvivalTime& run : runs) {
    question["times"].push_back(Finite(run.time));
    question["censored"].push_back(run.censored);
  }
  return question;
}

// Times to the hundredth, so that there are ties, of which a share is stopped early.
Runs RandomRuns(size_t n, double stopped) {
  std::mt19937_64 random(n);
  std::lognormal_distribution<double> time(1, 0.5);
  std::uniform_real_distribution<double> uniform;
  Runs runs;
  for (size_t i = 0; i < n; ++i) {
    const bool censored = uniform(random) < stopped;
    const double full = time(random);
    runs.push_back({std::round(10 * full * (censored ? uniform(random) : 1)) / 10, censored});
  }
  return runs;
}

TEST(SurvivalTest, AgreesWithLifelines) {
  const std::vector<Runs> samples{
      {{3.5}, {1.25}, {2}, {8}}, {{4}, {4}, {4, true}, {2}, {9, true}, {4}},
      {{1, true}, {2}, {3}},     {{2}, {5, true}, {kNever, true}, {7}},
      {{3, true}, {6, true}},    RandomRuns(60, 0),
      RandomRuns(150, 0.4),
  };
  json questions = json::array();
  std::vector<double> taus;
  for (const Runs& runs : samples) {
    for (const double share : {0.5, 1.0}) {
      taus.push_back(share * RestrictionTime(runs).value());
      questions.push_back(Question(runs, taus.back()));
    }
  }
  const json truth =
      json::parse(testing::RunPython("tests/report/survival.py", {}, questions.dump()));
  for (size_t i = 0; i < taus.size(); ++i) {
    SCOPED_TRACE(i);
    const Runs& runs = samples[i / 2];
    EXPECT_NEAR(RestrictedMean(runs, taus[i]).value(), truth[i]["mean"], 1e-10);
    const std::vector<SurvivalStep> steps = KaplanMeier(runs);
    ASSERT_LE(steps.size(), truth[i]["steps"].size());
    for (size_t j = 0; j < steps.size(); ++j) {
      const json& step = truth[i]["steps"][j];
      EXPECT_EQ(steps[j].time, step[0]);
      EXPECT_EQ(steps[j].at_risk, step[1]);
      EXPECT_EQ(steps[j].reached, step[2]);
      EXPECT_EQ(steps[j].censored, step[3]);
      EXPECT_NEAR(steps[j].unreached, step[4], 1e-12);
    }
  }
}

TEST(SurvivalTest, RestrictsToTheEarliestStop) {
  EXPECT_EQ(RestrictionTime(Runs{{9}, {5, true}, {3, true}, {kNever, true}}), 3);
  EXPECT_EQ(RestrictionTime(Runs{{9}, {4}, {kNever, true}}), 9);
  EXPECT_EQ(RestrictionTime(Runs{{kNever, true}}), std::nullopt);
  EXPECT_EQ(RestrictionTime({}), std::nullopt);
}

TEST(SurvivalTest, ARunThatNeverReachesHoldsTheCurveUp) {
  const Runs runs{{1}, {2}, {kNever, true}};
  const std::vector<SurvivalStep> steps = KaplanMeier(runs);
  ASSERT_EQ(steps.size(), 3);
  EXPECT_DOUBLE_EQ(steps.back().unreached, 1.0 / 3);
  EXPECT_DOUBLE_EQ(RestrictedMean(runs, 2).value(), (1 + 2 + 2) / 3.0);
}

TEST(SurvivalTest, NoRunsSayNothing) {
  EXPECT_TRUE(KaplanMeier({}).empty());
  EXPECT_EQ(RestrictedMean({}, 1), std::nullopt);
}

}  // namespace
}  // namespace ablate

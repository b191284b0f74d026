#include "harness/report/equivalence.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "tests/support/process.h"

namespace ablate {
namespace {

using nlohmann::json;
using Ratios = std::vector<double>;

EquivalenceTest Of(const Ratios& log_ratios, double margin = 0.05) {
  return TestEquivalence(log_ratios, margin);
}

TEST(EquivalenceTest, AgreesWithStatsmodels) {
  const std::vector<Ratios> samples{{0.01, -0.01, 0.02},
                                    {0.2, 0.25, 0.22, 0.19},
                                    {-0.04, -0.05, 0.03, 0.1, -0.02},
                                    {-0.3, -0.2},
                                    {0.048, 0.0481}};
  json question = json::array();
  for (const Ratios& sample : samples) {
    for (const double margin : {0.05, 0.2}) question.push_back({sample, margin});
  }
  const json truth =
      json::parse(testing::RunPython("tests/report/equivalence.py", {}, question.dump()));
  for (size_t i = 0; i < truth.size(); ++i) {
    const EquivalenceTest test = Of(samples[i / 2], question[i][1]);
    EXPECT_NEAR(test.p.value(), truth[i][0], 1e-10) << i;
    EXPECT_NEAR(test.ratio.low.value(), truth[i][1], 1e-10) << i;
    EXPECT_NEAR(test.ratio.high.value(), truth[i][2], 1e-10) << i;
    EXPECT_EQ(test.verdict == Equivalence::kEquivalent, truth[i][0] < 0.05) << i;
  }
}

TEST(EquivalenceTest, JudgesByWhereTheIntervalLies) {
  EXPECT_EQ(Of({0.01, -0.01, 0.005, 0}).verdict, Equivalence::kEquivalent);
  EXPECT_EQ(Of({0.11, 0.1, 0.12}).verdict, Equivalence::kDifferent);
  EXPECT_EQ(Of({-0.11, -0.1, -0.12}).verdict, Equivalence::kDifferent);
  EXPECT_EQ(Of({0.05, 0.048, 0.052}).verdict, Equivalence::kInconclusive);  // across the margin
  EXPECT_EQ(Of({0.3, -0.3}).verdict, Equivalence::kInconclusive);           // too few to tell
}

TEST(EquivalenceTest, OneSeedDecidesNothing) {
  const EquivalenceTest test = Of({0.0});
  EXPECT_EQ(test.verdict, Equivalence::kInconclusive);
  EXPECT_FALSE(test.p || test.ratio.low || test.ratio.high);
}

TEST(EquivalenceTest, IdenticalRunsAreEquivalentWithoutAProbability) {
  const EquivalenceTest test = Of({0.0, 0.0, 0.0});
  EXPECT_EQ(test.verdict, Equivalence::kEquivalent);
  EXPECT_EQ(test.ratio.mean, 1.0);
  EXPECT_FALSE(test.p || test.ratio.low || test.ratio.high);
}

TEST(EquivalenceTest, DecidesNothingWithinTheMarginWithoutVariance) {
  for (const Ratios& ratios : {Ratios{0.01, 0.01, 0.01}, Ratios{0.01, 0.01}, Ratios{0.5, 0.5}}) {
    const EquivalenceTest test = Of(ratios);
    EXPECT_EQ(test.verdict, Equivalence::kInconclusive) << ratios[0];
    EXPECT_DOUBLE_EQ(test.ratio.mean, std::exp(ratios[0]));
    EXPECT_FALSE(test.p || test.ratio.low || test.ratio.high) << ratios[0];
  }
}

TEST(EquivalenceTest, SuspectsTheSameDifferenceInEverySeed) {
  for (const double log : {0.06, 0.5, -0.5}) {
    const EquivalenceTest test = Of({log, log, log});
    EXPECT_EQ(test.verdict, Equivalence::kDifferent) << log;
    EXPECT_DOUBLE_EQ(test.ratio.mean, std::exp(log));
    EXPECT_FALSE(test.p || test.ratio.low || test.ratio.high) << log;
  }
}

}  // namespace
}  // namespace ablate

#include "harness/report/fastest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "harness/report/multiplicity.h"
#include "harness/report/statistics.h"
#include "tests/report/study.h"

namespace ablate {
namespace {

using testing::CellOf;
using ::testing::DoubleNear;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::NotReached;
using ::testing::Optional;
using testing::Study;

auto Near(double value) { return Optional(DoubleNear(value, 1e-9)); }

TEST(FastestTest, PaysForBeingTheBestOfMany) {
  Study study(3);
  study.RunAll().Scale("dynamic,onecycle", {1.0, 1.1, 0.95});
  const Summary summary = study.Analysed();
  EXPECT_EQ(summary.fastest->comparisons, 3);
  const Interval truth =
      GeometricMeanInterval(std::vector{4.0, 4 / 1.1, 4 / 0.95}, SidakConfidence(3));
  EXPECT_THAT(summary.fastest->low, Near(*truth.low));
  EXPECT_THAT(summary.fastest->high, Near(*truth.high));
  // The same contrast by itself is narrower.
  const Ratio& alone = CellOf(summary, "dynamic + onecycle").against_baseline;
  EXPECT_GT(1 / *alone.high, *summary.fastest->low);
}

TEST(FastestTest, ListsCellsThatOnlyOneComparisonTellsApart) {
  // 20% slower in each of three seeds: told apart by one comparison (2 degrees of freedom, limits
  // at 4.3 standard errors), not by one of three (7.6).
  Study study(3);
  study.RunAll();
  const double error = std::log(1.2) / 6;
  std::vector<double> slower;
  for (const double sign : {-1.0, 0.0, 1.0}) {
    slower.push_back(0.5 * std::exp(std::log(1.2) + sign * error * std::sqrt(3)));
  }
  study.Scale("dynamic,constant", slower);
  const Summary summary = study.Analysed();
  ASSERT_EQ(summary.cells[summary.fastest->cell].short_name, "dynamic + onecycle");
  ASSERT_EQ(summary.fastest->not_separable.size(), 1u);
  EXPECT_EQ(summary.cells[summary.fastest->not_separable[0]].short_name, "dynamic");
  std::vector<double> logs;
  for (const double factor : slower) logs.push_back(std::log(2 * factor));
  EXPECT_GT(*MeanInterval(logs).low, 0);
}

TEST(SharesTest, SumToTheSpeedup) {
  Study study(3);
  study.RunAll()
      .Scale("dynamic,onecycle", {1.3, 1.2, 1.1})
      .Scale("static,onecycle", {0.9, 1.0, 1.1})
      .Scale("static,constant", {1.2, 0.9, 1.0});
  const Summary summary = study.Analysed();
  ASSERT_EQ(summary.shares.factors.size(), 2u);
  double sum = 0, share = 0;
  for (const Share& factor : summary.shares.factors) {
    sum += factor.log_share;
    share += *factor.share;
    EXPECT_LT(*factor.low, factor.log_share);
    EXPECT_GT(*factor.high, factor.log_share);
  }
  EXPECT_NEAR(sum, std::log(*summary.fastest->speedup), 1e-9);
  EXPECT_NEAR(share, 1, 1e-9);
}

TEST(SharesTest, SplitAProductIntoItsFactors) {
  const Summary summary = Study(1).RunAll().Analysed();
  for (const Share& factor : summary.shares.factors) {
    EXPECT_NEAR(factor.log_share, std::log(2), 1e-9);
    EXPECT_FALSE(factor.low || factor.high);
  }
}

TEST(SharesTest, NeedEveryCellBetweenTheTwo) {
  Study study(2);
  study.RunAll().Change("static,onecycle", 1, [](Record& r) { NotReached(r, 9, 900); });
  const Shares stopped = study.Analysed().shares;
  EXPECT_THAT(stopped.factors, IsEmpty());
  EXPECT_EQ(stopped.unknown, "not reached in every seed: onecycle");
  study.Remove("static,onecycle", 1);
  EXPECT_EQ(study.Analysed().shares.unknown, "not reached in every seed: onecycle");
  Study excluded(1, R"("exclude": [{"when": {"padding": "static", "schedule": "onecycle"},
                                    "reason": "not worth it"}])");
  EXPECT_THAT(excluded.RunAll().Analysed().shares.unknown, HasSubstr("not every combination"));
}

TEST(SharesTest, HaveNothingToShareWhereTheBaselineIsFastest) {
  Study study(1, R"("design": "one_factor")");
  study.RunAll().Scale("dynamic,constant", {3}).Scale("static,onecycle", {3});
  const Summary summary = study.Analysed();
  EXPECT_THAT(summary.shares.factors, IsEmpty());
  EXPECT_THAT(summary.shares.unknown, HasSubstr("no cell is faster"));
}

}  // namespace
}  // namespace ablate

#include "harness/report/fastest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "harness/report/analysis.h"
#include "harness/report/multiplicity.h"
#include "harness/report/report.h"
#include "harness/report/statistics.h"
#include "harness/report/verdict.h"
#include "tests/report/study.h"

namespace ablate {
namespace {

using testing::CellOf;
using ::testing::Contains;
using ::testing::DoubleNear;
using testing::Ended;
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

TEST(FastestTest, IsNoCellThatLacksARunOfASeed) {
  const Status statuses[] = {Status::kFailed, Status::kTimedOut, Status::kInvalid,
                             Status::kInterrupted, Status::kOutOfMemory};
  for (const Status status : statuses) {
    Study study(3);
    study.RunAll().Change("dynamic,onecycle", 2, [&](Record& r) { Ended(r, status, "so"); });
    const Summary summary = study.Analysed();
    ASSERT_TRUE(summary.fastest.has_value());
    EXPECT_EQ(summary.cells[summary.fastest->cell].short_name, "onecycle") << Name(status);
  }
  Study missing(3);
  missing.RunAll().Remove("dynamic,onecycle", 3);
  const Summary summary = missing.Analysed();
  EXPECT_EQ(summary.cells[summary.fastest->cell].short_name, "onecycle");
  EXPECT_EQ(CellOf(summary, "dynamic + onecycle").lacking,
            std::vector<std::string>{"seed 3 missing"});
}

TEST(FastestTest, RanksIncompleteCellsBehindAndSaysWhy) {
  Study study(3);
  study.RunAll()
      .Change("dynamic,onecycle", 2, [](Record& r) { Ended(r, Status::kFailed, "killed"); })
      .Remove("dynamic,onecycle", 3);
  const Summary summary = study.Analysed();
  const std::vector<size_t> ranking = Ranking(summary);
  EXPECT_EQ(summary.cells[ranking.back()].short_name, "dynamic + onecycle");
  EXPECT_THAT(summary.notes,
              Contains(HasSubstr("dynamic + onecycle (seed 2 failed, seed 3 missing)")));
  // It may well be as fast.
  EXPECT_THAT(summary.fastest->not_separable, Contains(ranking.back()));
  EXPECT_FALSE(summary.cells[ranking.back()].on_front);
  const ReportInput input{study.results(), summary, {}, ""};
  EXPECT_THAT(LeaderboardSection(input), HasSubstr("Cells that lack a run of a seed stand behind"));
}

TEST(FastestTest, AsksForNoSeedThatTheSuiteHasNoMore) {
  Study study(3);
  study.RunAll().Remove("dynamic,onecycle", 3).Remove("static,constant", 3);
  Study fewer(2);
  fewer.results().records = study.results().records;
  const Summary summary = fewer.Analysed();
  EXPECT_EQ(summary.seeds.size(), 3u);
  EXPECT_EQ(summary.cells[summary.fastest->cell].short_name, "dynamic + onecycle");
  EXPECT_THAT(CellOf(summary, "baseline").lacking, IsEmpty());
}

TEST(FastestTest, IsNotKnownWhereEveryCellLacksARun) {
  Study study(2);
  study.RunAll();
  for (Record& record : study.results().records) {
    if (record.seed == 2) Ended(record, Status::kFailed, "killed");
  }
  const Summary summary = study.Analysed();
  EXPECT_FALSE(summary.fastest.has_value());
  EXPECT_THAT(VerdictLine(summary),
              HasSubstr("No cell reached train_loss 1.8 in every seed (4 of 8"));
}

TEST(FastestTest, RulesStoppedCellsOutOnlyWithEnoughSeeds) {
  EXPECT_EQ(SignTestSeeds(1), 6);    // 2^-6 < 2.5% < 2^-5
  EXPECT_EQ(SignTestSeeds(23), 10);  // 2^-10 < (1 - 0.95^(1/23)) / 2 < 2^-9
  ASSERT_EQ(SignTestSeeds(3), 7);
  for (const int seeds : {2, 6, 7, 8}) {
    Study study(seeds);
    study.RunAll();
    for (uint64_t seed = 1; seed <= static_cast<uint64_t>(seeds); ++seed) {
      study.Change("static,constant", seed, [](Record& r) { NotReached(r, 100, 9000); });
    }
    const Summary summary = study.Analysed();
    const auto is_listed = Contains(*summary.baseline);
    if (seeds < 7) {
      EXPECT_THAT(summary.fastest->not_separable, is_listed) << seeds;
      const ReportInput input{study.results(), summary, {}, ""};
      EXPECT_THAT(VerdictSection(input),
                  HasSubstr("So few seeds cannot rule out *baseline*, of which runs stopped"));
      EXPECT_THAT(MethodSection(input), HasSubstr("(7 seeds for 3 comparisons)"));
    } else {
      EXPECT_THAT(summary.fastest->not_separable, ::testing::Not(is_listed)) << seeds;
    }
  }
}

TEST(FastestTest, KeepsAStoppedCellThatOneSeedDoesNotRuleOut) {
  Study study(8);
  study.RunAll();
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    study.Change("static,constant", seed,
                 [&](Record& r) { NotReached(r, seed == 5 ? 1 : 100, 9000); });
  }
  const Summary summary = study.Analysed();
  EXPECT_THAT(summary.fastest->not_separable, Contains(*summary.baseline));
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

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
                             Status::kOutOfMemory};
  for (const Status status : statuses) {
    Study study(3);
    study.RunAll().Change("dynamic,onecycle", 2, [&](Record& r) { Ended(r, status, "so"); });
    const Summary summary = study.Analysed();
    ASSERT_TRUE(summary.fastest.has_value());
    EXPECT_EQ(summary.cells[summary.fastest->cell].short_name, "onecycle") << Name(status);
  }
}

std::string NameOfFastest(const Summary& summary) {
  return summary.fastest ? summary.cells[summary.fastest->cell].short_name : "none";
}

// The first seed alone decides, whatever the second says so far.
void ExpectTheFirstSeedAlone(const Study& study) {
  const Summary summary = study.Analysed();
  EXPECT_THAT(summary.ranked_seeds, ::testing::ElementsAre(1u));
  EXPECT_EQ(NameOfFastest(summary), "dynamic + onecycle");
  EXPECT_THAT(summary.fastest->speedup, Near(4));
  for (const CellSummary& cell : summary.cells) EXPECT_THAT(cell.lacking, IsEmpty()) << cell.name;
  EXPECT_THAT(CellOf(summary, "baseline").time_to_target_s.mean, Near(10));
  EXPECT_THAT(CellOf(summary, "dynamic").against_baseline.value, Near(0.5));
  EXPECT_EQ(summary.shares.factors.size(), 2u);
  EXPECT_THAT(VerdictLine(summary), HasSubstr("one finished seed, so no interval"));
  EXPECT_THAT(summary.notes, Contains(HasSubstr("no finished run yet of these seeds: 2.")));
  const ReportInput input{study.results(), summary, {}, ""};
  EXPECT_THAT(VerdictSection(input), HasSubstr("One seed alone has all of its runs"));
}

TEST(FastestTest, WaitsForTheRestOfABlock) {
  Study first_run(2);  // Ctrl-C in the first run of the second seed
  first_run.RunAll().Scale("static,constant", {1, 3}).Keep(2, {"static,constant"});
  first_run.Change("static,constant", 2, [](Record& r) { Ended(r, Status::kInterrupted, ""); });
  ExpectTheFirstSeedAlone(first_run);
  Study two_runs(2);  // both faster than all others
  two_runs.RunAll()
      .Scale("static,constant", {1, 0.001})
      .Scale("dynamic,constant", {1, 0.001})
      .Keep(2, {"static,constant", "dynamic,constant"});
  ExpectTheFirstSeedAlone(two_runs);
}

TEST(FastestTest, LeavesSeedsOutThatOnlySomeCellsHave) {
  Study study(4);
  study.RunAll()
      .Scale("dynamic,constant", {1, 1.1, 0.9, 0.001})
      .Keep(4, {"dynamic,constant", "static,constant"});
  const Summary summary = study.Analysed();
  EXPECT_THAT(summary.ranked_seeds, ::testing::ElementsAre(1u, 2u, 3u));
  EXPECT_EQ(NameOfFastest(summary), "dynamic + onecycle");
  EXPECT_EQ(CellOf(summary, "dynamic").against_baseline.seeds, 3);
  EXPECT_EQ(CellOf(summary, "dynamic").runs, 4);
}

TEST(FastestTest, AsksForNoCellThatHasNotBegun) {
  Study study(2);
  study.RunAll();
  for (const uint64_t seed : {1u, 2u}) study.Keep(seed, {"static,constant", "dynamic,constant"});
  const Summary summary = study.Analysed();
  EXPECT_THAT(summary.ranked_seeds, ::testing::ElementsAre(1u, 2u));
  EXPECT_EQ(NameOfFastest(summary), "dynamic");
}

TEST(FastestTest, ClaimsNothingOfCellsThatLackARun) {
  Study study(2);
  study.RunAll();
  for (const char* cell : {"dynamic,constant", "static,onecycle", "dynamic,onecycle"})
    study.Scale(cell, {9, 9});
  EXPECT_THAT(VerdictLine(study.Analysed()), HasSubstr("; no other cell beats the baseline."));
  study.Change("dynamic,onecycle", 2, [](Record& r) { Ended(r, Status::kFailed, "killed"); });
  const Summary summary = study.Analysed();
  EXPECT_THAT(
      VerdictLine(summary),
      HasSubstr("; among the cells that reached the target in every seed no other beats the"));
  const ReportInput input{study.results(), summary, {}, ""};
  EXPECT_THAT(VerdictSection(input), HasSubstr("in every seed no other is faster than it."));
}

TEST(FastestTest, RanksIncompleteCellsBehindAndSaysWhy) {
  Study study(3);
  study.RunAll()
      .Change("dynamic,onecycle", 2, [](Record& r) { Ended(r, Status::kFailed, "killed"); })
      .Change("dynamic,onecycle", 3, [](Record& r) { Ended(r, Status::kTimedOut, "hung"); });
  const Summary summary = study.Analysed();
  const std::vector<size_t> ranking = Ranking(summary);
  EXPECT_EQ(summary.cells[ranking.back()].short_name, "dynamic + onecycle");
  EXPECT_THAT(summary.notes,
              Contains(HasSubstr("dynamic + onecycle (seed 2 failed, seed 3 timed_out)")));
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

// The baseline stopped after `stopped` seconds, one a seed; the fastest took 2.5.
Study WithStoppedBaseline(const std::vector<double>& stopped) {
  Study study(static_cast<int>(stopped.size()));
  study.RunAll();
  for (size_t i = 0; i < stopped.size(); ++i) {
    study.Change("static,constant", i + 1, [&](Record& r) { NotReached(r, stopped[i], 9000); });
  }
  return study;
}

TEST(FastestTest, RulesOutAStoppedCellByTheLowerLimitOfItsBounds) {
  struct Case {
    std::vector<double> stopped;
    bool ruled_out;
  };
  const std::vector<Case> cases = {
      {{100}, false},  // one seed has no interval
      {{100, 101}, true},     {{100, 110, 95}, true},
      {{2.6, 9, 3}, false},    // longer than the fastest in each seed, but by chance maybe
      {{2, 2.1, 1.9}, false},  // stopped before the fastest came
      {{1, 100, 100}, false},  // one seed does not rule it out
      {{3, 3.01, 2.99}, true}};
  for (const auto& [stopped, ruled_out] : cases) {
    const Study study = WithStoppedBaseline(stopped);
    const Summary summary = study.Analysed();
    std::vector<double> logs;
    for (const double seconds : stopped) logs.push_back(std::log(seconds / 2.5));
    const auto low = MeanInterval(logs, SidakConfidence(3)).low;
    ASSERT_EQ(low && *low > 0, ruled_out) << stopped[0];
    const bool listed = std::ranges::count(summary.fastest->not_separable, *summary.baseline) > 0;
    EXPECT_EQ(listed, !ruled_out) << stopped[0];
    EXPECT_FALSE(summary.fastest->low || summary.fastest->high) << "a bound has no interval";
    EXPECT_EQ(summary.fastest->bound, Bound::kAtLeast);
    if (ruled_out || stopped.size() < 2) continue;
    const ReportInput input{study.results(), summary, {}, ""};
    EXPECT_THAT(VerdictSection(input),
                HasSubstr("These runs cannot rule out *baseline*, of which runs stopped"));
  }
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
  study.Change("static,onecycle", 1, [](Record& r) { Ended(r, Status::kFailed, "killed"); });
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

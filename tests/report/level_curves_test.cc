#include "harness/report/level_curves.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/report/fronts.h"
#include "harness/report/phases.h"
#include "tests/report/study.h"

namespace ablate {
namespace {

using testing::CellOf;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using testing::Ended;
using ::testing::IsEmpty;
using testing::NotReached;
using ::testing::Optional;
using testing::Study;

const LevelCurve& CurveOf(const Summary& summary, const std::string& level,
                          const std::string& response = "time_to_target_s") {
  for (const LevelCurve& curve : summary.level_curves) {
    if (curve.level == level && curve.response == response) return curve;
  }
  throw std::logic_error("no curve of " + level);
}

TEST(LevelCurvesTest, CountEveryRunOfALevel) {
  const Summary summary = Study(2).RunAll().Analysed();
  const LevelCurve& dynamic = CurveOf(summary, "dynamic");
  EXPECT_EQ(dynamic.runs, 4);
  EXPECT_EQ(dynamic.reached, 4);
  // Two runs took 2.5 s and two 5 s; nothing was stopped, so the mean is of all.
  EXPECT_THAT(dynamic.restricted_mean, Optional(DoubleNear(3.75, 1e-9)));
  EXPECT_THAT(dynamic.restriction, Optional(DoubleNear(10, 1e-9)));
  EXPECT_DOUBLE_EQ(dynamic.steps.back().unreached, 0);
  EXPECT_THAT(CurveOf(summary, "static", "examples_to_target").restricted_mean,
              Optional(DoubleNear(750, 1e-9)));
}

TEST(LevelCurvesTest, KeepStoppedAndDivergedRunsAmongThoseThatHaveNotReached) {
  Study study(2);
  study.RunAll()
      .Change("static,constant", 1, [](Record& r) { NotReached(r, 6, 600); })
      .Change("static,constant", 2, [](Record& r) { Ended(r, Status::kDiverged, "nan"); })
      .Change("dynamic,constant", 2, [](Record& r) { Ended(r, Status::kFailed, "killed"); });
  const Summary summary = study.Analysed();
  const LevelCurve& fixed = CurveOf(summary, "static");
  EXPECT_EQ(fixed.runs, 4);
  EXPECT_EQ(fixed.reached, 2);
  EXPECT_DOUBLE_EQ(fixed.steps.back().unreached, 0.5);
  EXPECT_THAT(fixed.restriction, Optional(DoubleNear(6, 1e-9)));
  EXPECT_EQ(CurveOf(summary, "dynamic").runs, 3);
  EXPECT_THAT(CurveOf(summary, "dynamic").restriction, Optional(DoubleNear(6, 1e-9)));
}

TEST(LevelCurvesTest, CompareLevelsOnEqualTerms) {
  Study study(2, R"("design": "one_factor")");
  const Summary summary = study.RunAll().Analysed();
  // `static` is the baseline here, not the cell of the other schedule.
  EXPECT_EQ(CurveOf(summary, "static").runs, 2);
  EXPECT_EQ(CurveOf(summary, "dynamic").runs, 2);
}

TEST(FrontTest, HoldsWhatNothingElseBeats) {
  EXPECT_THAT(FrontOf({{1, 3}, {2, 2}, {3, 1}, {2, 3}, {3, 3}}),
              ElementsAre(true, true, true, false, false));
  EXPECT_THAT(FrontOf({{1, 1}, {1, 1}}), ElementsAre(true, true));  // equals beat nobody
  EXPECT_THAT(FrontOf({}), IsEmpty());
}

TEST(FrontTest, WeighsTimeMemoryAndQuality) {
  Study study(1);
  study.RunAll();
  for (Record& record : study.results().records) record.quality.bleu = 20;
  study.Change("static,constant", 1, [](Record& r) { r.quality.bleu = 21; });
  const Summary summary = study.Analysed();
  EXPECT_THAT(summary.objectives,
              ElementsAre("time_to_target_s", "device_peak_allocated_bytes", "bleu"));
  EXPECT_TRUE(CellOf(summary, "dynamic + onecycle").on_front);  // the fastest, and small
  EXPECT_TRUE(CellOf(summary, "baseline").on_front);            // the best
  EXPECT_FALSE(CellOf(summary, "dynamic").on_front);
  EXPECT_FALSE(CellOf(summary, "onecycle").on_front);
}

TEST(FrontTest, DoesWithoutWhatSomeCellLacks) {
  Study study(1);
  study.RunAll().Change("static,constant", 1, [](Record& r) { r.quality.bleu = 21; });
  study.Change("dynamic,constant", 1, [](Record& r) { NotReached(r, 9, 900); });
  const Summary summary = study.Analysed();
  EXPECT_THAT(summary.objectives, ElementsAre("time_to_target_s", "device_peak_allocated_bytes"));
  EXPECT_FALSE(CellOf(summary, "baseline").on_front);
  EXPECT_FALSE(CellOf(summary, "dynamic").on_front);  // never reached
}

TEST(PhasesTest, LeaveTheRestToNoPhase) {
  Study study(2);
  study.RunAll();
  for (Record& record : study.results().records) {
    record.phases.forward_s = 0.3 * *record.time.train_s;
    record.phases.backward_s = 0.5 * *record.time.train_s;
  }
  const std::vector<PhaseTime> phases = PhasesOf(CellOf(study.Analysed(), "baseline"));
  ASSERT_EQ(phases.size(), 3u);
  EXPECT_EQ(phases[0].name, "forward");
  EXPECT_NEAR(phases[0].seconds_per_example, 0.003, 1e-9);
  EXPECT_EQ(phases[2].name, "rest");
  EXPECT_NEAR(phases[2].seconds_per_example, 0.002, 1e-9);
  EXPECT_THAT(PhasesOf(CellOf(Study(1).RunAll().Analysed(), "baseline")), IsEmpty());
}

}  // namespace
}  // namespace ablate

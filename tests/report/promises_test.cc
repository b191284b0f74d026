#include "harness/report/promises.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/report/analysis.h"
#include "harness/report/report.h"
#include "harness/report/verdict.h"
#include "tests/report/study.h"

namespace ablate {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::NotReached;
using testing::Study;
using Verdict = EquivalenceCheck::Verdict;

EquivalenceCheck PaddingOf(const Study& study) {
  const Summary summary = study.Analysed();
  if (summary.equivalence.size() != 1) throw std::logic_error("one check expected");
  return summary.equivalence[0];
}

TEST(PaddingPromiseTest, IsKeptWithinTheMargin) {
  Study study(3);
  study.RunAll().Scale("dynamic,constant", {1.01, 0.99, 1.0});
  const EquivalenceCheck check = PaddingOf(study);
  EXPECT_EQ(check.verdict, Verdict::kEquivalent);
  EXPECT_EQ(check.level, "dynamic");
  EXPECT_EQ(check.against, "static");
  EXPECT_DOUBLE_EQ(*check.margin, 0.05);
  EXPECT_LT(*check.low, 1);
  EXPECT_GT(*check.high, 1);
}

TEST(PaddingPromiseTest, IsNotDecidedByFewSeedsThatDisagree) {
  Study study(3);
  study.RunAll().Scale("dynamic,constant", {1.4, 0.8, 1.0});
  EXPECT_EQ(PaddingOf(study).verdict, Verdict::kInconclusive);
  Study one(1);
  EXPECT_EQ(PaddingOf(one.RunAll()).verdict, Verdict::kUnknown);
  study.Change("dynamic,constant", 1, [](Record& r) { NotReached(r, 31, 4000); });
  EXPECT_EQ(PaddingOf(study).verdict, Verdict::kInconclusive);
}

TEST(PaddingPromiseTest, TakesTheMarginFromTheSuite) {
  Study study(3, R"("equivalence_margin": 0.3)");
  study.RunAll()
      .Scale("dynamic,constant", {1.20, 1.21, 1.19})
      .Scale("dynamic,onecycle", {1.20, 1.21, 1.19});
  EXPECT_EQ(PaddingOf(study).verdict, Verdict::kEquivalent);
}

TEST(PaddingPromiseTest, BrokenIsABugAndNoSpeedup) {
  Study study(3);
  study.RunAll()
      .Scale("dynamic,constant", {0.70, 0.71, 0.69})
      .Scale("dynamic,onecycle", {0.70, 0.69, 0.71});
  const Summary summary = study.Analysed();
  EXPECT_EQ(summary.equivalence[0].verdict, Verdict::kDifferent);
  EXPECT_THAT(summary.notes, Contains(HasSubstr("Suspected correctness bug: padding=dynamic")));
  EXPECT_THAT(VerdictLine(summary), HasSubstr("suspected correctness bug"));
  const ReportInput input{study.results(), summary, {}, ""};
  const std::string first = VerdictSection(input);
  EXPECT_THAT(first, HasSubstr("**Suspected correctness bug:** padding=dynamic"));
  EXPECT_THAT(first, HasSubstr("| padding | **dynamic** | static | **suspected bug** |"));
  EXPECT_THAT(EquivalenceSection(input), HasSubstr("different: suspected correctness bug"));
}

TEST(PaddingPromiseTest, IsHeldToRatiosThatDoNotVary) {
  for (const double ratio : {0.7, 0.99}) {
    Study study(3);
    study.RunAll()
        .Scale("dynamic,constant", {ratio, ratio, ratio})
        .Scale("dynamic,onecycle", {ratio, ratio, ratio});
    const EquivalenceCheck check = PaddingOf(study);
    EXPECT_EQ(check.verdict, ratio == 0.7 ? Verdict::kDifferent : Verdict::kInconclusive) << ratio;
    EXPECT_FALSE(check.low || check.high);
    EXPECT_THAT(check.evidence, HasSubstr("without variance no interval"));
  }
  Study same(3);
  EXPECT_EQ(PaddingOf(same.RunAll()).evidence, "the same number of examples in every seed");
}

TEST(PaddingPromiseTest, IsAskedAtTheBaselineWhereTheAverageIsNotKnown) {
  Study study(3);
  study.RunAll().Change("static,onecycle", 1,
                        [](Record& r) { testing::Ended(r, Status::kDiverged, "nan"); });
  EXPECT_EQ(PaddingOf(study).verdict, Verdict::kEquivalent);
}

// A suite that loads batches in two ways, and its runs' curves.
class LoadingTest : public ::testing::Test {
 protected:
  LoadingTest() {
    results_.suite = ParseSuite(R"({"schema_version": 1, "name": "loading", "device": "cpu",
        "corpus": {"name": "phrasebook", "pairs": 500}, "seeds": [1, 2],
        "baseline": {"loading": "inline"}, "matrix": {"loading": ["inline", "workers"]}})",
                                "loading.json");
    results_.plan = MakePlan(results_.suite);
    results_.environment = {{"device", "cpu"}};
    for (const PlannedRun& run : results_.plan.runs) {
      const Cell& cell = results_.plan.cells[run.cell];
      Record record;
      record.cell = cell.name;
      record.factors = cell.factors;
      record.seed = run.seed;
      record.run_id = run.run_id;
      record.status = Status::kReached;
      results_.records.push_back(record);
      const double clock = cell.baseline ? 1 : 0.5;  // may differ
      results_.evidence[run.run_id].curve = {{1, 10, clock, 1e-3, {}, {}},
                                             {2, 20, 2 * clock, 1e-3, 2.5, {}}};
    }
  }

  std::vector<CurvePoint>& CurveOfLast() {
    return results_.evidence[results_.records.back().run_id].curve;
  }
  EquivalenceCheck Check() const { return Analyse(results_).equivalence.at(0); }

  Results results_;
};

TEST_F(LoadingTest, IsEquivalentWhereCurvesAreEqualButForTheClock) {
  EXPECT_EQ(Check().verdict, Verdict::kEquivalent);
  EXPECT_THAT(Check().evidence, HasSubstr("2 of 2 pairs of runs have the same curve"));
}

TEST_F(LoadingTest, IsDifferentWhereALossIsNot) {
  CurveOfLast()[1].train_loss = 2.5000001;
  EXPECT_EQ(Check().verdict, Verdict::kDifferent);
  EXPECT_THAT(Check().evidence, HasSubstr("1 of 2 pairs of runs have the same curve"));
  EXPECT_THAT(Check().evidence, HasSubstr("differ from update 2"));
  // Sums may be done in another order on a GPU.
  results_.environment["device"] = "cuda";
  EXPECT_EQ(Check().verdict, Verdict::kInconclusive);
}

TEST_F(LoadingTest, IsDifferentInEveryColumnButTheClock) {
  using Column = std::optional<double> CurvePoint::*;
  for (const Column column :
       {&CurvePoint::learning_rate, &CurvePoint::train_loss, &CurvePoint::valid_loss,
        &CurvePoint::target_tokens, &CurvePoint::grad_norm, &CurvePoint::loss_scale}) {
    const CurvePoint before = CurveOfLast()[1];
    CurveOfLast()[1].*column = 7;
    EXPECT_EQ(Check().verdict, Verdict::kDifferent);
    CurveOfLast()[1] = before;
    EXPECT_EQ(Check().verdict, Verdict::kEquivalent);
  }
}

TEST_F(LoadingTest, IsDifferentWhereOneRunReachedTheTargetLater) {
  CurveOfLast().push_back({3, 30, 3, 1e-3, 2.4, {}});
  EXPECT_EQ(Check().verdict, Verdict::kDifferent);
  // A budget of time ends runs where it will.
  results_.records.back().status = Status::kNotReached;
  EXPECT_EQ(Check().verdict, Verdict::kEquivalent);
}

TEST_F(LoadingTest, IsUnknownWithoutCurves) {
  results_.evidence.clear();
  EXPECT_EQ(Check().verdict, Verdict::kUnknown);
}

}  // namespace
}  // namespace ablate

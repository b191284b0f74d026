#include "harness/report/analysis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "harness/report/statistics.h"
#include "harness/report/summary_json.h"
#include "harness/report/verdict.h"
#include "tests/report/study.h"

namespace ablate {
namespace {

using testing::CellOf;
using ::testing::DoubleNear;
using testing::EffectOf;
using ::testing::ElementsAre;
using testing::Ended;
using ::testing::HasSubstr;
using testing::NotReached;
using ::testing::Optional;
using testing::Study;
constexpr auto kSimple = Effect::Kind::kSimple;
constexpr auto kMarginal = Effect::Kind::kMarginal;

auto Near(double value) { return Optional(DoubleNear(value, 1e-9)); }

TEST(AnalysisTest, FindsTheFastestCellAndItsSpeedup) {
  const Summary summary = Study(1).RunAll().Analysed();
  ASSERT_TRUE(summary.fastest.has_value());
  EXPECT_EQ(summary.cells[summary.fastest->cell].short_name, "dynamic + onecycle");
  EXPECT_THAT(summary.fastest->speedup, Near(4));
  EXPECT_THAT(CellOf(summary, "baseline").time_to_target_s.mean, Near(10));
}

TEST(AnalysisTest, GivesNoIntervalWithOneSeed) {
  const Summary summary = Study(1).RunAll().Analysed();
  EXPECT_FALSE(summary.fastest->low || summary.fastest->high);
  EXPECT_EQ(summary.fastest->not_separable.size(), 3u);
  for (const Effect& effect : summary.effects) {
    EXPECT_FALSE(effect.ratio.low || effect.ratio.high) << effect.response << effect.level;
  }
  for (const CellSummary& cell : summary.cells) EXPECT_FALSE(cell.time_to_target_s.low);
  EXPECT_THAT(VerdictLine(summary), HasSubstr("one seed, so no interval can be given"));
}

TEST(AnalysisTest, SplitsTimeIntoExamplesAndRate) {
  const Summary summary = Study(2).RunAll().Analysed();
  for (const auto kind : {kSimple, kMarginal}) {
    const Effect& dynamic = EffectOf(summary, "time_to_target_s", "dynamic", kind);
    EXPECT_THAT(dynamic.ratio.value, Near(0.5));
    EXPECT_THAT(dynamic.examples_ratio, Near(1));
    EXPECT_THAT(dynamic.rate_ratio, Near(0.5));
    const Effect& onecycle = EffectOf(summary, "time_to_target_s", "onecycle", kind);
    EXPECT_THAT(onecycle.examples_ratio, Near(0.5));
    EXPECT_THAT(onecycle.rate_ratio, Near(1));
  }
  EXPECT_THAT(EffectOf(summary, "target_tokens_per_s", "dynamic", kMarginal).ratio.value, Near(2));
}

TEST(AnalysisTest, MakesIntervalsFromPairsWithinASeed) {
  // Seed 2 is three times as slow in every cell: that is no part of a paired ratio's doubt.
  Study study(3);
  study.RunAll();
  for (Record& record : study.results().records) {
    if (record.seed == 2) record.time_to_target_s = *record.time_to_target_s * 3;
  }
  study.Change("dynamic,constant", 3, [](Record& r) { r.time_to_target_s = 6; });
  const Summary summary = study.Analysed();
  const Ratio ratio = EffectOf(summary, "time_to_target_s", "dynamic", kSimple).ratio;
  const std::vector<double> ratios = {0.5, 0.5, 0.6};
  const Interval truth = GeometricMeanInterval(ratios);
  EXPECT_THAT(ratio.value, Near(truth.mean));
  EXPECT_THAT(ratio.low, Near(*truth.low));
  EXPECT_THAT(ratio.high, Near(*truth.high));
}

TEST(AnalysisTest, AveragesMarginalEffectsOverSettings) {
  Study study(1);
  study.RunAll().Change("dynamic,onecycle", 1, [](Record& r) { r.time_to_target_s = 5; });
  const Effect effect = EffectOf(study.Analysed(), "time_to_target_s", "dynamic", kMarginal);
  EXPECT_THAT(effect.ratio.value, Near(std::sqrt(0.5 * 1.0)));
  EXPECT_EQ(effect.ratio.contexts, 2);
}

TEST(AnalysisTest, PrintsACensoredSideAsABound) {
  Study study(2);
  study.RunAll().Change("dynamic,constant", 1, [](Record& r) { NotReached(r, 31, 4000); });
  const Summary summary = study.Analysed();
  const CellSummary& cell = CellOf(summary, "dynamic");
  EXPECT_FALSE(cell.time_to_target_s.mean.has_value());
  EXPECT_THAT(cell.time_to_target_s.at_least, Near(std::sqrt(31 * 5.0)));
  EXPECT_EQ(cell.reached, 1);
  EXPECT_EQ(cell.runs, 2);
  const Effect& effect = EffectOf(summary, "time_to_target_s", "dynamic", kSimple);
  EXPECT_EQ(effect.ratio.bound, Bound::kAtLeast);
  EXPECT_THAT(effect.ratio.value, Near(std::sqrt(3.1 * 0.5)));
  EXPECT_FALSE(effect.ratio.low || effect.ratio.high);
  EXPECT_NEAR(*effect.ratio.value, *effect.examples_ratio * *effect.rate_ratio, 1e-9);
  // The time an example took is known all the same.
  EXPECT_EQ(EffectOf(summary, "seconds_per_example", "dynamic", kSimple).ratio.bound, Bound::kNone);
}

TEST(AnalysisTest, BoundsTheSpeedupOverACensoredBaseline) {
  Study study(1);
  study.RunAll().Change("static,constant", 1, [](Record& r) { NotReached(r, 20, 2000); });
  const Summary summary = study.Analysed();
  EXPECT_EQ(summary.fastest->bound, Bound::kAtLeast);
  EXPECT_THAT(summary.fastest->speedup, Near(8));
  EXPECT_THAT(VerdictLine(summary), HasSubstr("at least 8.0x faster than the baseline"));
  EXPECT_EQ(EffectOf(summary, "time_to_target_s", "dynamic", kSimple).ratio.bound, Bound::kAtMost);
}

TEST(AnalysisTest, ComparesNothingWhereBothSidesAreCensored) {
  Study study(1);
  study.RunAll()
      .Change("static,constant", 1, [](Record& r) { NotReached(r, 20, 2000); })
      .Change("dynamic,constant", 1, [](Record& r) { NotReached(r, 20, 4000); });
  const Summary summary = study.Analysed();
  EXPECT_FALSE(EffectOf(summary, "time_to_target_s", "dynamic", kSimple).ratio.value.has_value());
  // The average over the schedules needs that comparison.
  const Effect& marginal = EffectOf(summary, "time_to_target_s", "dynamic", kMarginal);
  EXPECT_FALSE(marginal.ratio.value.has_value());
  EXPECT_THAT(marginal.ratio.unknown, HasSubstr("both sides stopped before the target"));
}

TEST(AnalysisTest, GivesNothingWhereOppositeBoundsMeet) {
  Study study(1);
  study.RunAll()
      .Change("static,constant", 1, [](Record& r) { NotReached(r, 20, 2000); })
      .Change("dynamic,onecycle", 1, [](Record& r) { NotReached(r, 20, 4000); });
  EXPECT_FALSE(
      EffectOf(study.Analysed(), "time_to_target_s", "dynamic", kMarginal).ratio.value.has_value());
}

TEST(AnalysisTest, LeavesFailedRunsOutButCountsDivergedOnes) {
  Study study(2);
  study.RunAll()
      .Change("dynamic,constant", 1, [](Record& r) { Ended(r, Status::kFailed, "killed"); })
      .Change("static,onecycle", 2, [](Record& r) { Ended(r, Status::kDiverged, "nan"); });
  const Summary summary = study.Analysed();
  EXPECT_THAT(CellOf(summary, "dynamic").time_to_target_s.mean, Near(5));
  EXPECT_FALSE(CellOf(summary, "onecycle").time_to_target_s.mean.has_value());
  EXPECT_FALSE(CellOf(summary, "onecycle").time_to_target_s.at_least.has_value());
}

TEST(AnalysisTest, UsesOnlySeedsThatHaveEveryPair) {
  Study study(3);
  study.RunAll().Remove("dynamic,onecycle", 3);
  const Ratio ratio = EffectOf(study.Analysed(), "time_to_target_s", "dynamic", kMarginal).ratio;
  EXPECT_EQ(ratio.seeds, 2);
  EXPECT_EQ(ratio.contexts, 2);
}

TEST(AnalysisTest, TellsCellsApartOnlyWhereTheIntervalDoes) {
  Study study(3);
  study.RunAll();
  for (const uint64_t seed : {1, 2, 3}) {
    const double time = 2.5 * (seed == 1 ? 0.9 : seed == 2 ? 1.1 : 1.05);
    study.Change("static,onecycle", seed, [&](Record& r) { r.time_to_target_s = time; });
  }
  const Summary summary = study.Analysed();
  ASSERT_EQ(summary.fastest->not_separable.size(), 1u);
  EXPECT_EQ(summary.cells[summary.fastest->not_separable[0]].short_name, "onecycle");
}

TEST(AnalysisTest, SaysWhenNoCellReachedTheTarget) {
  Study study(1);
  study.RunAll();
  for (Record& record : study.results().records) NotReached(record, 20, 2000);
  const Summary summary = study.Analysed();
  EXPECT_FALSE(summary.fastest.has_value());
  EXPECT_THAT(VerdictLine(summary), HasSubstr("No cell reached train_loss 1.8"));
}

TEST(AnalysisTest, SaysWhichCellsTrainTheSameRecipe) {
  Study study(1);
  EXPECT_THAT(study.RunAll().Analysed().notes,
              ::testing::Not(::testing::Contains(HasSubstr("the same recipe"))));
  Results& results = study.results();
  results.plan.cells[1].recipe_key = results.plan.cells[0].recipe_key;
  EXPECT_THAT(study.Analysed().notes,
              ::testing::Contains(HasSubstr("train the same recipe: baseline and onecycle.")));
}

TEST(AnalysisTest, LivesWithoutABaseline) {
  Study study(1);
  study.RunAll().Change("static,constant", 1,
                        [](Record& r) { Ended(r, Status::kFailed, "killed"); });
  const Summary summary = study.Analysed();
  EXPECT_FALSE(summary.fastest->speedup.has_value());
  EXPECT_THAT(summary.notes, ::testing::Contains(HasSubstr("The baseline has no time")));
  EXPECT_EQ(VerdictLine(summary), "Fastest: dynamic + onecycle, 2.50 s to train_loss 1.8.");
}

TEST(AnalysisTest, NamesCellsByWhatDiffersFromTheBaseline) {
  Suite suite = Study(1).results().suite;
  suite.factors.push_back({"model.d_ff", false, {{"128", 128}, {"512", 512}}, 0});
  EXPECT_EQ(ShortName(suite, {{"padding", "static"}, {"model.d_ff", "128"}}), "baseline");
  EXPECT_EQ(ShortName(suite, {{"padding", "dynamic"}, {"model.d_ff", "512"}}),
            "dynamic + d_ff=512");
}

TEST(AnalysisTest, SaysWhatSoFewSeedsCannotShow) {
  Study study(2);
  study.RunAll().Scale("dynamic,constant", {1.3, 0.8}).Scale("dynamic,onecycle", {1.2, 0.7});
  EXPECT_THAT(study.Analysed().notes,
              ::testing::Contains(HasSubstr("can't support a claim about small effects")));
}

TEST(SummaryJsonTest, HoldsEveryKeyOfTheSchema) {
  const auto json = ToJson(Study(2).RunAll().Analysed());
  std::vector<std::string> keys;
  for (const auto& [key, value] : json.items()) keys.push_back(key);
  EXPECT_THAT(
      keys, ElementsAre("schema_version", "suite", "target", "seeds", "runs", "baseline", "fastest",
                        "cells", "effects", "interactions", "f_tests", "shares", "shares_unknown",
                        "equivalence", "level_curves", "front", "excluded", "notes"));
  for (const char* key : {"cell", "speedup", "low", "high", "not_separable"}) {
    EXPECT_TRUE(json["fastest"].contains(key)) << key;
  }
  for (const char* key : {"cell", "factors", "runs", "reached", "lacking", "time_to_target_s",
                          "bleu", "best_valid_loss", "energy_j", "against_baseline"}) {
    EXPECT_TRUE(json["cells"][0].contains(key)) << key;
  }
  EXPECT_TRUE(json["cells"][0]["against_baseline"].is_null());
  EXPECT_DOUBLE_EQ(json["cells"][1]["against_baseline"]["ratio"].get<double>(), 0.5);
  EXPECT_EQ(json["target"]["metric"], "train_loss");
  EXPECT_EQ(json["runs"]["reached"], 8);
  const auto& effect = json["effects"][0];
  for (const char* key : {"response", "factor", "level", "against", "kind", "ratio", "low", "high",
                          "p", "p_holm", "bound", "examples_ratio", "rate_ratio"}) {
    EXPECT_TRUE(effect.contains(key)) << key;
  }
  EXPECT_TRUE(effect["p"].is_null());
  for (const char* key : {"response", "factors", "levels", "ratio", "low", "high", "p", "p_holm"}) {
    EXPECT_TRUE(json["interactions"][0].contains(key)) << key;
  }
  EXPECT_EQ(json["shares"][0]["factor"], "padding");
  EXPECT_EQ(json["equivalence"][0]["verdict"], "equivalent");
  EXPECT_DOUBLE_EQ(json["cells"][0]["time_to_target_s"]["mean"].get<double>(), 10);
}

}  // namespace
}  // namespace ablate

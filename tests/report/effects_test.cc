#include "harness/report/effects.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "harness/report/multiplicity.h"
#include "harness/report/report.h"
#include "harness/report/statistics.h"
#include "tests/report/study.h"

namespace ablate {
namespace {

using ::testing::DoubleNear;
using testing::EffectOf;
using testing::Ended;
using ::testing::HasSubstr;
using testing::InteractionOn;
using ::testing::IsEmpty;
using testing::NotReached;
using ::testing::Optional;
using testing::Study;
constexpr auto kSimple = Effect::Kind::kSimple;
constexpr auto kMarginal = Effect::Kind::kMarginal;
constexpr const char* kTime = "time_to_target_s";

auto Near(double value) { return Optional(DoubleNear(value, 1e-9)); }

// Four cells, three seeds, some noise in each.
Study Noisy() {
  Study study(3);
  study.RunAll()
      .Scale("static,constant", {1.00, 1.10, 0.95})
      .Scale("dynamic,constant", {1.04, 1.02, 1.01})
      .Scale("static,onecycle", {0.98, 1.20, 0.90})
      .Scale("dynamic,onecycle", {1.10, 1.00, 1.05});
  return study;
}

// The logarithm of a cell's time in a seed.
double LogTime(const Study& study, const std::string& cell, uint64_t seed) {
  for (const Record& record : study.results().records) {
    if (record.seed == seed && record.factors[0].second + "," + record.factors[1].second == cell) {
      return std::log(*record.time_to_target_s);
    }
  }
  throw std::logic_error(cell);
}

TEST(EffectsTest, TestsEachEffectAgainstItsSeeds) {
  const Study study = Noisy();
  const Summary summary = study.Analysed();
  std::vector<double> marginal;
  for (const uint64_t seed : {1, 2, 3}) {
    marginal.push_back(
        (LogTime(study, "dynamic,constant", seed) - LogTime(study, "static,constant", seed) +
         LogTime(study, "dynamic,onecycle", seed) - LogTime(study, "static,onecycle", seed)) /
        2);
  }
  const Ratio& ratio = EffectOf(summary, kTime, "dynamic", kMarginal).ratio;
  EXPECT_THAT(ratio.p, Near(*MeanPValue(marginal)));
  EXPECT_THAT(ratio.low, Near(std::exp(*MeanInterval(marginal).low)));
  EXPECT_TRUE(ratio.detectable && *ratio.detectable > 1);
  EXPECT_FALSE(ratio.bootstrap_low.has_value());  // too few seeds
}

TEST(EffectsTest, AdjustsWithinAResponseAndKind) {
  const Summary summary = Noisy().Analysed();
  for (const auto kind : {kSimple, kMarginal}) {
    const Ratio& dynamic = EffectOf(summary, kTime, "dynamic", kind).ratio;
    const Ratio& onecycle = EffectOf(summary, kTime, "onecycle", kind).ratio;
    const auto adjusted = HolmAdjusted(std::vector{dynamic.p, onecycle.p});
    EXPECT_EQ(dynamic.p_holm, adjusted[0]);
    EXPECT_EQ(onecycle.p_holm, adjusted[1]);
    EXPECT_FALSE(dynamic.p_holm == dynamic.p && onecycle.p_holm == onecycle.p);
  }
  // The only interaction is a family by itself.
  EXPECT_TRUE(InteractionOn(summary, kTime).ratio.p.has_value());
  EXPECT_EQ(InteractionOn(summary, kTime).ratio.p, InteractionOn(summary, kTime).ratio.p_holm);
}

TEST(EffectsTest, TestsNothingWithOneSeedOrWithoutVariance) {
  for (const int seeds : {1, 3}) {
    const Summary summary = Study(seeds).RunAll().Analysed();
    for (const Effect& effect : summary.effects) {
      EXPECT_FALSE(effect.ratio.p || effect.ratio.p_holm) << effect.response << seeds;
      EXPECT_FALSE(effect.ratio.detectable.has_value());
    }
    for (const Interaction& interaction : summary.interactions) {
      EXPECT_FALSE(interaction.ratio.p || interaction.ratio.p_holm);
    }
  }
}

TEST(EffectsTest, ResamplesSeedsFromTenOn) {
  Study study(10);
  study.RunAll().Scale("dynamic,constant", {1.1, 1.0, 0.9, 1.2, 1.0, 0.8, 1.1, 1.0, 1.3, 0.9});
  const Ratio ratio = EffectOf(study.Analysed(), kTime, "dynamic", kSimple).ratio;
  ASSERT_TRUE(ratio.bootstrap_low && ratio.bootstrap_high);
  EXPECT_LT(*ratio.bootstrap_low, *ratio.value);
  EXPECT_GT(*ratio.bootstrap_high, *ratio.value);
}

TEST(EffectsTest, GivesNoAverageOverAnEmptyCellAndNamesIt) {
  Study study(2);
  study.RunAll();
  for (const uint64_t seed : {1, 2}) {
    study.Change("dynamic,onecycle", seed, [](Record& r) { Ended(r, Status::kFailed, "killed"); });
  }
  const Summary summary = study.Analysed();
  for (const char* level : {"dynamic", "onecycle"}) {
    const Ratio& ratio = EffectOf(summary, kTime, level, kMarginal).ratio;
    EXPECT_FALSE(ratio.value.has_value());
    EXPECT_EQ(ratio.unknown, "no value: dynamic + onecycle");
    EXPECT_THAT(EffectOf(summary, kTime, level, kSimple).ratio.value, Near(0.5));
  }
  EXPECT_EQ(InteractionOn(summary, kTime).ratio.unknown, "no value: dynamic + onecycle");
  // Where the average is not known, the simple effect stands for the level.
  for (const Effect* effect : MainEffects(summary, kTime)) EXPECT_EQ(effect->kind, kSimple);
}

TEST(EffectsTest, NamesExcludedCellsThatAnAverageNeeds) {
  Study study(2, R"("exclude": [{"when": {"padding": "dynamic", "schedule": "onecycle"},
                                 "reason": "not worth it"}])");
  const Summary summary = study.RunAll().Analysed();
  const Effect& effect = EffectOf(summary, kTime, "dynamic", kMarginal);
  EXPECT_EQ(effect.ratio.unknown, "excluded: dynamic + onecycle");
  EXPECT_EQ(effect.ratio.contexts, 1);
  EXPECT_EQ(effect.planned_contexts, 2);
  EXPECT_THAT(EffectOf(summary, kTime, "dynamic", kSimple).ratio.value, Near(0.5));
  const Ratio& interaction = InteractionOn(summary, kTime).ratio;
  EXPECT_FALSE(interaction.value.has_value());
  EXPECT_EQ(interaction.unknown, "excluded: dynamic + onecycle");
}

TEST(EffectsTest, ListsLevelsWhoseEveryContextIsExcluded) {
  Study study(2, R"("exclude": [{"when": {"padding": "dynamic"}, "reason": "not worth it"}])");
  const Summary summary = study.RunAll().Analysed();
  const Effect& marginal = EffectOf(summary, kTime, "dynamic", kMarginal);
  EXPECT_FALSE(marginal.ratio.value.has_value());
  EXPECT_EQ(marginal.ratio.unknown, "excluded: dynamic, dynamic + onecycle");
  EXPECT_EQ(marginal.planned_contexts, 2);
  EXPECT_EQ(marginal.ratio.contexts, 0);
  const Effect& simple = EffectOf(summary, kTime, "dynamic", kSimple);
  EXPECT_EQ(simple.ratio.unknown, "excluded: dynamic");
  const ReportInput input{study.results(), summary, {}, ""};
  EXPECT_THAT(EffectsSection(input), HasSubstr("excluded: dynamic, dynamic + onecycle |"));
}

TEST(EffectsTest, NeverAveragesADivergedRunAway) {
  Study study(3);
  study.RunAll().Change("dynamic,constant", 2,
                        [](Record& r) { Ended(r, Status::kDiverged, "nan"); });
  const Summary summary = study.Analysed();
  EXPECT_EQ(EffectOf(summary, kTime, "dynamic", kSimple).ratio.unknown, "diverged: dynamic");
  EXPECT_EQ(EffectOf(summary, kTime, "dynamic", kMarginal).ratio.unknown, "diverged: dynamic");
  // What it took in memory until then is not asked of it.
  EXPECT_EQ(EffectOf(summary, "device_peak_allocated_bytes", "dynamic", kSimple).ratio.seeds, 2);
}

TEST(EffectsTest, SaysHowManyRunsReached) {
  Study study(2);
  study.RunAll().Change("dynamic,constant", 1, [](Record& r) { NotReached(r, 31, 4000); });
  const Ratio ratio = EffectOf(study.Analysed(), kTime, "dynamic", kMarginal).ratio;
  EXPECT_EQ(ratio.reached, 7);
  EXPECT_EQ(ratio.runs, 8);
  EXPECT_EQ(ratio.bound, Bound::kAtLeast);
  EXPECT_FALSE(ratio.p || ratio.low || ratio.detectable);
}

TEST(EffectsTest, LosesNoCensoredRunWithItsPartner) {
  Study study(3);
  study.RunAll()
      .Change("dynamic,constant", 3, [](Record& r) { NotReached(r, 31, 4000); })
      .Change("static,constant", 3, [](Record& r) { Ended(r, Status::kFailed, "killed"); });
  const Ratio lost = EffectOf(study.Analysed(), kTime, "dynamic", kSimple).ratio;
  EXPECT_FALSE(lost.value || lost.low || lost.p);
  EXPECT_THAT(lost.unknown, HasSubstr("has no value: dynamic"));
  EXPECT_EQ(lost.reached, 4);
  EXPECT_EQ(lost.runs, 6);
  // Seed 2 makes it a bound, which the unpaired run of seed 3 leaves as it is.
  study.Change("dynamic,constant", 2, [](Record& r) { NotReached(r, 31, 4000); });
  EXPECT_EQ(EffectOf(study.Analysed(), kTime, "dynamic", kSimple).ratio.bound, Bound::kAtLeast);
  // An unpaired run on the other side leaves nothing to say.
  study.Change("static,constant", 3, [](Record& r) { NotReached(r, 31, 4000); })
      .Change("dynamic,constant", 3, [](Record& r) { Ended(r, Status::kFailed, "killed"); });
  EXPECT_THAT(EffectOf(study.Analysed(), kTime, "dynamic", kSimple).ratio.unknown,
              HasSubstr("both sides"));
}

TEST(EffectsTest, CountsRunsThatFailed) {
  Study study(3);
  study.RunAll().Change("dynamic,constant", 1,
                        [](Record& r) { Ended(r, Status::kFailed, "killed"); });
  const Ratio ratio = EffectOf(study.Analysed(), kTime, "dynamic", kSimple).ratio;
  EXPECT_EQ(ratio.seeds, 2);
  EXPECT_EQ(ratio.reached, 5);
  EXPECT_EQ(ratio.runs, 6);
}

// BLEU of 20 and 25, and a loss of 2 and 1.8, give or take some from seed to seed.
Study WithQuality() {
  Study study(3);
  study.RunAll();
  for (Record& record : study.results().records) {
    const bool onecycle = record.factors[1].second == "onecycle";
    const double seed = static_cast<double>(record.seed);
    record.quality.bleu = (onecycle ? 25.0 : 20.0) + (onecycle ? seed : 1 / seed);
    record.loss.best_valid = (onecycle ? 1.8 : 2.0) + 0.01 * seed;
  }
  return study;
}

TEST(EffectsTest, ComparesQualityAsRatiosOfGeometricMeans) {
  const Study study = WithQuality();
  const Summary summary = study.Analysed();
  const Ratio& bleu = EffectOf(summary, "bleu", "onecycle", kSimple).ratio;
  const Interval truth =
      GeometricMeanInterval(std::vector{26 / 21.0, 27 / 20.5, 28 / (20 + 1 / 3.0)});
  EXPECT_THAT(bleu.value, Near(truth.mean));
  EXPECT_THAT(bleu.low, Near(*truth.low));
  EXPECT_TRUE(bleu.p_holm.has_value());
  const Ratio& loss = EffectOf(summary, "best_valid_loss", "onecycle", kMarginal).ratio;
  EXPECT_THAT(loss.value,
              Near(GeometricMeanInterval(std::vector{1.81 / 2.01, 1.82 / 2.02, 1.83 / 2.03}).mean));
  const ReportInput input{study.results(), summary, {}, ""};
  EXPECT_THAT(EffectsSection(input), HasSubstr("| bleu | schedule | onecycle |"));
  EXPECT_THAT(VerdictSection(input), ::testing::Not(HasSubstr("best_valid_loss")));
}

TEST(EffectsTest, MakesNoRatioOfABleuOfZero) {
  Study study = WithQuality();
  study.Change("static,onecycle", 2, [](Record& r) { r.quality.bleu = 0; });
  const Summary summary = study.Analysed();
  const Ratio& ratio = EffectOf(summary, "bleu", "onecycle", kSimple).ratio;
  EXPECT_FALSE(ratio.value || ratio.low || ratio.p);
  EXPECT_EQ(ratio.unknown, "zero, so no ratio: onecycle");
  EXPECT_EQ(std::ranges::count(summary.f_tests, "bleu", &FTest::response), 0);
  EXPECT_TRUE(EffectOf(summary, "best_valid_loss", "onecycle", kSimple).ratio.value.has_value());
}

TEST(InteractionsTest, IsARatioOfRatios) {
  Study study(3);
  study.RunAll().Scale("dynamic,onecycle", {1.5, 1.6, 1.4});
  const Summary summary = study.Analysed();
  ASSERT_EQ(std::ranges::count(summary.interactions, kTime, &Interaction::response), 1);
  const Interaction& interaction = InteractionOn(summary, kTime);
  EXPECT_THAT(interaction.factors, ::testing::ElementsAre("padding", "schedule"));
  EXPECT_THAT(interaction.levels, ::testing::ElementsAre("dynamic", "onecycle"));
  const Interval truth = GeometricMeanInterval(std::vector{1.5, 1.6, 1.4});
  EXPECT_THAT(interaction.ratio.value, Near(truth.mean));
  EXPECT_THAT(interaction.ratio.low, Near(*truth.low));
  EXPECT_THAT(interaction.ratio.high, Near(*truth.high));
}

TEST(InteractionsTest, AreBoundsWhereOneSideIsCensored) {
  const auto stop = [](Record& r) { NotReached(r, 20, 2000); };
  Study over(2), both(2);
  over.RunAll().Change("dynamic,onecycle", 1, stop);
  EXPECT_EQ(InteractionOn(over.Analysed(), kTime).ratio.bound, Bound::kAtLeast);
  // static,constant and dynamic,onecycle are multiplied; the other two are divided by.
  both.RunAll().Change("dynamic,onecycle", 1, stop).Change("dynamic,constant", 2, stop);
  EXPECT_FALSE(InteractionOn(both.Analysed(), kTime).ratio.value.has_value());
  both.Change("dynamic,constant", 2, [](Record& r) {
    r.status = Status::kReached;
    r.time_to_target_s = 5;
    r.examples_to_target = 1000;
  });
  both.Change("static,constant", 2, stop);
  EXPECT_EQ(InteractionOn(both.Analysed(), kTime).ratio.bound, Bound::kAtLeast);
}

TEST(InteractionsTest, NeedADesignThatCombinesLevels) {
  Study study(2, R"("design": "one_factor")");
  const Summary summary = study.RunAll().Analysed();
  EXPECT_THAT(summary.interactions, IsEmpty());
  for (const Effect& effect : summary.effects) EXPECT_EQ(effect.kind, kSimple);
}

TEST(FTestsTest, TestEveryTermOfAFactorial) {
  const Summary summary = Noisy().Analysed();
  std::vector<std::string> terms;
  for (const FTest& test : summary.f_tests) {
    if (test.response != kTime) continue;
    std::string term;
    for (const std::string& factor : test.factors) term += (term.empty() ? "" : " x ") + factor;
    terms.push_back(term);
    EXPECT_EQ(test.residual_degrees, 6);  // 11 less 2 of seeds and 3 of cells
    EXPECT_TRUE(test.f && test.p) << term;
  }
  EXPECT_THAT(terms, ::testing::ElementsAre("padding", "schedule", "padding x schedule"));
}

TEST(FTestsTest, LeaveOutResponsesWithCensoredRuns) {
  Study study = Noisy();
  study.Change("dynamic,constant", 1, [](Record& r) { NotReached(r, 31, 4000); });
  const Summary summary = study.Analysed();
  EXPECT_EQ(std::ranges::count(summary.f_tests, kTime, &FTest::response), 0);
  EXPECT_EQ(std::ranges::count(summary.f_tests, "seconds_per_example", &FTest::response), 3);
  EXPECT_THAT(Study(1).RunAll().Analysed().f_tests, IsEmpty());
}

}  // namespace
}  // namespace ablate

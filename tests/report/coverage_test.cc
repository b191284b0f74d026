// Whether intervals hold what they say, on data whose truth is known.

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "harness/report/least_squares.h"
#include "harness/report/multiplicity.h"
#include "harness/report/statistics.h"
#include "tests/report/study.h"

namespace ablate {
namespace {

constexpr double kPlanted = -0.22;  // log ratio of the second level to the first, mean over seeds
constexpr uint64_t kSeeds = 6;
constexpr size_t kContexts = 4;  // levels of a second factor

// Two factors in blocks. The first one's effect is another in every seed: it is what a seed's
// weights and batches make of it.
std::vector<DesignPoint> Simulate(std::mt19937_64& random) {
  std::normal_distribution<double> normal;
  std::vector<DesignPoint> points;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const double block = 0.3 * normal(random);
    const double effect = kPlanted + 0.08 * normal(random);
    for (size_t level = 0; level < 2; ++level) {
      for (size_t context = 0; context < kContexts; ++context) {
        const double value = 2 + block + 0.1 * static_cast<double>(context) + 0.03 * normal(random);
        points.push_back({{level, context}, seed, value + (level == 1 ? effect : 0)});
      }
    }
  }
  return points;
}

std::vector<double> Contrasts(const std::vector<DesignPoint>& points) {
  std::vector<double> contrasts(kSeeds, 0.0);
  for (const DesignPoint& point : points) {
    contrasts[point.block] += (point.levels[0] == 1 ? point.value : -point.value) / kContexts;
  }
  return contrasts;
}

bool Covers(const Interval& interval, double truth) {
  return interval.low.value() <= truth && truth <= interval.high.value();
}

TEST(CoverageTest, IntervalsOverSeedsCoverAsOftenAsTheySay) {
  constexpr int kRepetitions = 4000;
  std::mt19937_64 random(1);
  int covered = 0;
  for (int i = 0; i < kRepetitions; ++i) {
    covered += Covers(MeanInterval(Contrasts(Simulate(random))), kPlanted);
  }
  const double coverage = static_cast<double>(covered) / kRepetitions;
  RecordProperty("coverage", std::to_string(coverage));
  EXPECT_GE(coverage, 0.93);
  EXPECT_LE(coverage, 0.97);
}

// Why they are the primary ones: least squares takes runs of a seed for independent.
TEST(CoverageTest, PooledTestsDoNotWhereEffectsVaryBySeed) {
  constexpr int kRepetitions = 400;
  std::mt19937_64 random(2);
  int false_claims = 0;
  for (int i = 0; i < kRepetitions; ++i) {
    std::vector<DesignPoint> points = Simulate(random);
    for (DesignPoint& point : points) {
      if (point.levels[0] == 1) point.value -= kPlanted;
    }
    false_claims += FitLeastSquares(points, ModelTerms::kMainEffects).terms.front().p < 0.05;
  }
  EXPECT_GT(static_cast<double>(false_claims) / kRepetitions, 0.15);
}

TEST(CoverageTest, SidaksIntervalsCoverAllAtOnce) {
  constexpr int kRepetitions = 1000, kCells = 23;
  const double confidence = SidakConfidence(kCells);
  std::mt19937_64 random(4);
  std::normal_distribution<double> normal;
  int covered = 0;
  for (int i = 0; i < kRepetitions; ++i) {
    bool all = true;
    for (int cell = 0; cell < kCells; ++cell) {
      std::vector<double> contrasts(kSeeds);
      for (double& contrast : contrasts) contrast = normal(random);
      all = all && Covers(MeanInterval(contrasts, confidence), 0);
    }
    covered += all;
  }
  EXPECT_NEAR(static_cast<double>(covered) / kRepetitions, 0.95, 0.02);
}

// What a report prints, from records on: padding and schedule have an effect that is another in
// every seed, and together one more; a run has noise of its own.
class AnalysedCoverageTest : public ::testing::TestWithParam<int> {
 protected:
  static constexpr double kDynamic = -0.5, kOneCycle = -0.2, kBoth = 0.1;

  // Over the study's clean times; a seed's factors apply to all of its runs.
  void Redraw() {
    std::vector<double> block, dynamic, onecycle;
    for (int seed = 0; seed < GetParam(); ++seed) {
      block.push_back(0.3 * normal_(random_));
      dynamic.push_back(kDynamic + 0.08 * normal_(random_));
      onecycle.push_back(kOneCycle + 0.15 * normal_(random_));
    }
    for (Record& record : study_.results().records) {
      const size_t seed = record.seed - 1;
      const bool is_dynamic = record.factors[0].second == "dynamic";
      const bool is_onecycle = record.factors[1].second == "onecycle";
      double log_time = 2 + block[seed] + 0.03 * normal_(random_);
      if (is_dynamic) log_time += dynamic[seed];
      if (is_onecycle) log_time += onecycle[seed];
      if (is_dynamic && is_onecycle) log_time += kBoth;
      record.time_to_target_s = std::exp(log_time);
    }
  }

  testing::Study study_{GetParam()};
  std::mt19937_64 random_{5};
  std::normal_distribution<double> normal_;
};

TEST_P(AnalysedCoverageTest, PrimaryIntervalsOfAReportCoverAsOftenAsTheySay) {
  constexpr int kRepetitions = 3000;  // a standard error of 0.4%
  using Kind = Effect::Kind;
  struct Claim {
    const char* level;
    Kind kind;
    double truth;
    int covered = 0;
  };
  Claim claims[] = {{"dynamic", Kind::kMarginal, kDynamic + kBoth / 2},
                    {"dynamic", Kind::kSimple, kDynamic},
                    {"onecycle", Kind::kMarginal, kOneCycle + kBoth / 2},
                    {"onecycle", Kind::kSimple, kOneCycle}};
  int together = 0;
  study_.RunAll();
  for (int i = 0; i < kRepetitions; ++i) {
    Redraw();
    const Summary summary = study_.Analysed();
    const auto covers = [](const Ratio& ratio, double truth) {
      return Covers({*ratio.value, ratio.low, ratio.high}, std::exp(truth));
    };
    for (Claim& claim : claims) {
      const Effect& effect =
          testing::EffectOf(summary, "time_to_target_s", claim.level, claim.kind);
      claim.covered += covers(effect.ratio, claim.truth);
    }
    together += covers(testing::InteractionOn(summary, "time_to_target_s").ratio, kBoth);
  }
  for (const Claim& claim : claims) {
    const double coverage = static_cast<double>(claim.covered) / kRepetitions;
    const std::string name =
        std::string(claim.level) + (claim.kind == Kind::kMarginal ? "_marginal" : "_simple");
    RecordProperty(name, std::to_string(coverage));
    EXPECT_GE(coverage, 0.93) << name;
    EXPECT_LE(coverage, 0.97) << name;
  }
  EXPECT_NEAR(static_cast<double>(together) / kRepetitions, 0.95, 0.02) << "interaction";
}

INSTANTIATE_TEST_SUITE_P(Seeds, AnalysedCoverageTest, ::testing::Values(3, 6));

}  // namespace
}  // namespace ablate

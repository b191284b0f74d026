// Whether intervals hold what they say, on data whose truth is known.

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "harness/report/least_squares.h"
#include "harness/report/multiplicity.h"
#include "harness/report/statistics.h"

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

}  // namespace
}  // namespace ablate

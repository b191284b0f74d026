#include "harness/report/benchmark_comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "tests/support/process.h"

namespace ablate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Verdict = ComparedBenchmark::Verdict;

std::vector<double> Times(double seconds, double noise, size_t repetitions,
                          std::mt19937_64& random) {
  std::normal_distribution<double> normal;
  std::vector<double> times(repetitions);
  for (double& time : times) time = seconds * std::exp(noise * normal(random));
  return times;
}

Benchmark Named(const std::string& name, std::vector<double> seconds) {
  return {name, std::move(seconds), {}, {}, {}, ""};
}

TEST(BenchmarkComparisonTest, AgreesWithSciPysWelch) {
  std::mt19937_64 random(1);
  nlohmann::json question = nlohmann::json::array();
  Benchmarks before, now;
  for (const size_t n : {2, 5, 10}) {
    const std::string name = std::to_string(n);
    before.list.push_back(Named(name, Times(0.01, 0.02, n, random)));
    now.list.push_back(Named(name, Times(0.0107, 0.06, n + 2, random)));
    question.push_back({before.list.back().seconds, now.list.back().seconds});
  }
  const auto truth = nlohmann::json::parse(
      testing::RunPython("tests/report/benchmark_comparison.py", {}, question.dump()));
  for (size_t i = 0; i < truth.size(); ++i) {
    // One at a time: the family's p is then the test's own.
    const auto alone = CompareBenchmarks({{}, {before.list[i]}}, {{}, {now.list[i]}}, 0.05);
    const ComparedBenchmark& ours = alone.benchmarks.at(0);
    EXPECT_NEAR(ours.low.value(), truth[i][0].get<double>(), 1e-9);
    EXPECT_NEAR(ours.high.value(), truth[i][1].get<double>(), 1e-9);
    EXPECT_NEAR(ours.p_holm.value(), truth[i][2].get<double>(), 1e-9);
  }
}

// 40 benchmarks of 10 repetitions with 3% noise.
BenchmarkComparison Simulated(double slower, std::mt19937_64& random) {
  Benchmarks before, now;
  for (int i = 0; i < 40; ++i) {
    const std::string name = "B" + std::to_string(i);
    before.list.push_back(Named(name, Times(0.01, 0.03, 10, random)));
    now.list.push_back(Named(name, Times(i == 7 ? 0.01 * slower : 0.01, 0.03, 10, random)));
  }
  return CompareBenchmarks(before, now, 0.05);
}

TEST(BenchmarkComparisonTest, FindsOneSlowBenchmarkAndNoOther) {
  constexpr int kRepetitions = 200;
  std::mt19937_64 random(2);
  int passed = 0, false_alarms = 0, found = 0;
  for (int i = 0; i < kRepetitions; ++i) {
    const auto same = Simulated(1, random).verdict;
    passed += same == GateVerdict::kPass;
    false_alarms += same == GateVerdict::kRegression;
    const BenchmarkComparison slow = Simulated(1.2, random);
    found +=
        slow.verdict == GateVerdict::kRegression && slow.benchmarks[7].verdict == Verdict::kSlower;
  }
  EXPECT_LE(false_alarms, kRepetitions / 50);
  EXPECT_GE(found, kRepetitions * 95 / 100);
  // 5% is 3.7 standard errors away: a benchmark's own limit is within in 95 of 100, all 40 seldom.
  EXPECT_GT(passed, 0);
}

TEST(BenchmarkComparisonTest, CannotTellFromOneRepetition) {
  const auto comparison =
      CompareBenchmarks({{}, {Named("a", {1.0})}}, {{}, {Named("a", {9.0})}}, 0.05);
  EXPECT_EQ(comparison.verdict, GateVerdict::kInconclusive);
  EXPECT_DOUBLE_EQ(comparison.benchmarks[0].ratio.value(), 9);
  EXPECT_FALSE(comparison.benchmarks[0].low || comparison.benchmarks[0].p_holm);
}

TEST(BenchmarkComparisonTest, DecidesNothingOnTimesWithoutVariance) {
  for (const double now : {0.5, 1.0, 9.0}) {
    const auto comparison =
        CompareBenchmarks({{}, {Named("a", {1, 1})}}, {{}, {Named("a", {now, now})}}, 0.05);
    EXPECT_EQ(comparison.verdict, GateVerdict::kInconclusive) << now;
    const ComparedBenchmark& compared = comparison.benchmarks.at(0);
    EXPECT_DOUBLE_EQ(compared.ratio.value(), now);
    EXPECT_FALSE(compared.low || compared.high || compared.p_holm) << now;
  }
  // Variance on one side is a measure of doubt.
  const auto one =
      CompareBenchmarks({{}, {Named("a", {1, 1})}}, {{}, {Named("a", {1.001, 1, 0.999, 1})}}, 0.05);
  EXPECT_EQ(one.verdict, GateVerdict::kPass);
}

TEST(BenchmarkComparisonTest, DoesNotPassWhereARepetitionFailed) {
  const Benchmarks before{{}, {Named("a", {1, 1.001, 0.999})}};
  Benchmarks now = before;
  EXPECT_EQ(CompareBenchmarks(before, now, 0.05).verdict, GateVerdict::kPass);
  now.list[0].error = "out of memory";
  const BenchmarkComparison failed = CompareBenchmarks(before, now, 0.05);
  EXPECT_EQ(failed.verdict, GateVerdict::kInconclusive);
  EXPECT_THAT(RenderComparison(failed), HasSubstr("open: out of memory"));
  EXPECT_EQ(ToJson(failed)["benchmarks"][0]["error"], "out of memory");
  now.list[0].seconds = {2, 2.001, 1.999};
  EXPECT_EQ(CompareBenchmarks(before, now, 0.05).verdict, GateVerdict::kRegression)
      << "slow where it ran";
  now.list[0].seconds = {};
  EXPECT_EQ(CompareBenchmarks(before, now, 0.05).verdict, GateVerdict::kInconclusive);
}

TEST(BenchmarkComparisonTest, AsksNothingOfBenchmarksThatNeverRan) {
  Benchmarks both{{}, {Named("a", {1, 1.001, 0.999}), Named("b", {})}};
  both.list[1].error = "needs a GPU";
  const BenchmarkComparison comparison = CompareBenchmarks(both, both, 0.05);
  EXPECT_EQ(comparison.verdict, GateVerdict::kPass);
  EXPECT_THAT(comparison.never_ran, ElementsAre("b"));
  EXPECT_THAT(RenderComparison(comparison), HasSubstr("so not compared: b."));
}

TEST(BenchmarkComparisonTest, DoesNotPassWhatIsMissing) {
  const Benchmarks both{{}, {Named("a", {1, 1}), Named("b", {1, 1})}};
  const Benchmarks one{{}, {Named("a", {1, 1}), Named("c", {1, 1})}};
  const BenchmarkComparison comparison = CompareBenchmarks(both, one, 0.05);
  EXPECT_EQ(comparison.verdict, GateVerdict::kInconclusive);
  EXPECT_THAT(comparison.missing, ElementsAre("b"));
  EXPECT_THAT(comparison.added, ElementsAre("c"));
  EXPECT_EQ(CompareBenchmarks({}, one, 0.05).verdict, GateVerdict::kInconclusive);
}

TEST(BenchmarkComparisonTest, TellsMachinesApart) {
  const nlohmann::json here = {{"device", "cpu"}, {"threads", "2"}, {"num_cpus", 2}};
  EXPECT_THAT(DifferingContexts(here, here), IsEmpty());
  nlohmann::json there = here;
  there["threads"] = "8";
  EXPECT_THAT(DifferingContexts(there, here), ElementsAre("threads: 8 there, 2 here"));
}

TEST(BenchmarkComparisonTest, PrintsTheVerdictFirstAndTheWorstOnTop) {
  const std::vector<double> noise = {1, 1.0001, 0.9999, 1};
  std::vector<double> half, twice;
  for (const double time : noise) half.push_back(time / 2), twice.push_back(2 * time);
  const Benchmarks before{{}, {Named("fast", noise), Named("slow|er", noise)}};
  const Benchmarks now{{}, {Named("fast", half), Named("slow|er", twice)}};
  const BenchmarkComparison comparison = CompareBenchmarks(before, now, 0.05);
  const std::string text = RenderComparison(comparison);
  EXPECT_TRUE(text.starts_with("## Micro-benchmarks: regression\n")) << text;
  EXPECT_LT(text.find("slow\\|er"), text.find("fast"));
  EXPECT_THAT(text, HasSubstr("2.000x to 2.000x"));
  const auto json = ToJson(comparison);
  EXPECT_EQ(json["verdict"], "regression");
  EXPECT_EQ(json["benchmarks"][1]["verdict"], "slower");
  EXPECT_EQ(json["benchmarks"][0]["repetitions"]["now"], 4);
}

}  // namespace
}  // namespace ablate

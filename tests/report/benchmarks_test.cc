#include "harness/report/benchmarks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/report/report.h"
#include "model/error.h"
#include "tests/report/study.h"

namespace ablate {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Study;

// As Google Benchmark 1.7 writes it.
constexpr const char* kFile = R"({
  "context": {"date": "2026-01-01T00:00:00+00:00", "num_cpus": 2, "device": "cpu", "threads": "2"},
  "benchmarks": [
    {"name": "Loss/projection/reference/vocabulary:8000/real_time", "run_type": "iteration",
     "run_name": "Loss/projection/reference/vocabulary:8000/real_time", "repetitions": 2,
     "repetition_index": 0, "iterations": 10, "real_time": 4.0, "cpu_time": 4.0, "time_unit": "ms",
     "tokens_per_s": 1.0e6, "bytes_per_second": 2.0e9, "flops_per_s": 3.0e10},
    {"name": "Loss/projection/reference/vocabulary:8000/real_time", "run_type": "iteration",
     "run_name": "Loss/projection/reference/vocabulary:8000/real_time", "repetitions": 2,
     "repetition_index": 1, "iterations": 10, "real_time": 9.0, "cpu_time": 9.0, "time_unit": "ms",
     "tokens_per_s": 2.0e6, "bytes_per_second": 4.0e9, "flops_per_s": 5.0e10},
    {"name": "Loss/projection/reference/vocabulary:8000/real_time_median", "run_type": "aggregate",
     "run_name": "Loss/projection/reference/vocabulary:8000/real_time", "aggregate_name": "median",
     "real_time": 6.5, "time_unit": "ms"},
    {"name": "Loss/projection/fused/vocabulary:8000/real_time", "run_type": "iteration",
     "run_name": "Loss/projection/fused/vocabulary:8000/real_time", "real_time": 3000.0,
     "time_unit": "us"},
    {"name": "Attention/self/length:20/real_time", "run_type": "aggregate",
     "run_name": "Attention/self/length:20/real_time", "aggregate_name": "median",
     "real_time": 50.0, "time_unit": "us"},
    {"name": "Loading/resident/real_time", "run_name": "Loading/resident/real_time",
     "run_type": "iteration", "error_occurred": true, "error_message": "needs a | GPU"}
  ]
})";

TEST(BenchmarksTest, ReadsRepetitionsRatesAggregatesAndErrors) {
  const Benchmarks read = ParseBenchmarks(kFile, "bench.json");
  ASSERT_EQ(read.list.size(), 4u);
  EXPECT_THAT(read.list[0].seconds, ElementsAre(DoubleEq(4e-3), DoubleEq(9e-3)));
  EXPECT_DOUBLE_EQ(MeanSeconds(read.list[0]).value(), 6e-3);
  EXPECT_DOUBLE_EQ(read.list[0].tokens_per_s.value(), 1.5e6);
  EXPECT_DOUBLE_EQ(read.list[0].bytes_per_s.value(), 3e9);
  EXPECT_DOUBLE_EQ(read.list[0].flops_per_s.value(), 4e10);
  EXPECT_THAT(read.list[1].seconds, ElementsAre(DoubleEq(3e-3)));
  EXPECT_THAT(read.list[2].seconds, ElementsAre(DoubleEq(50e-6)));
  EXPECT_EQ(read.list[3].error, "needs a | GPU");
  EXPECT_FALSE(MeanSeconds(read.list[3]).has_value());
}

TEST(BenchmarksTest, TakesNoTimeFromARepetitionThatDidNotRun) {
  const Benchmarks read = ParseBenchmarks(R"({"context": {}, "benchmarks": [
    {"name": "a", "run_type": "iteration", "real_time": 5.0, "time_unit": "s"},
    {"name": "a", "run_type": "iteration", "real_time": 1.0, "time_unit": "s",
     "error_occurred": true, "error_message": "out of memory"},
    {"name": "b", "run_type": "iteration", "real_time": 1.0, "time_unit": "s",
     "skipped": true, "skip_message": "needs a GPU"},
    {"name": "b_median", "run_name": "b", "run_type": "aggregate", "aggregate_name": "median",
     "real_time": 1.0, "time_unit": "s"}]})",
                                          "bench.json");
  EXPECT_THAT(read.list[0].seconds, ElementsAre(5.0));
  EXPECT_EQ(read.list[0].error, "out of memory");
  EXPECT_THAT(read.list[1].seconds, ::testing::IsEmpty());
  EXPECT_EQ(read.list[1].error, "needs a GPU");
}

TEST(BenchmarksTest, FindsVariantsByTheReferenceThatTheyStandBeside) {
  const std::vector<BenchmarkName> names = NamesOf(ParseBenchmarks(kFile, "bench.json").list);
  EXPECT_EQ(names[0].operation, "Loss/projection, vocabulary:8000");
  EXPECT_EQ(names[0].variant, "reference");
  EXPECT_FALSE(names[0].reference.has_value());
  EXPECT_EQ(names[1].operation, "Loss/projection, vocabulary:8000");
  EXPECT_EQ(names[1].variant, "fused");
  EXPECT_EQ(names[1].reference, 0u);
  EXPECT_EQ(names[2].operation, "Attention/self/length:20");
  EXPECT_EQ(names[2].variant, "");
}

TEST(BenchmarksTest, RefusesWhatIsNoBenchmarkFile) {
  for (const char* text : {"", "[]", "{}", R"({"context": {}, "benchmarks": [{}]})",
                           R"({"context": {}, "benchmarks": [{"name": "a"}]})"}) {
    try {
      ParseBenchmarks(text, "old.json");
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("'old.json'")) << text;
    }
  }
}

TEST(BenchmarksSectionTest, ShowsTimesRatesAndRatios) {
  Study study(1);
  study.RunAll().results().benchmarks = ParseBenchmarks(kFile, "bench.json");
  const Summary summary = study.Analysed();
  const ReportInput input{study.results(), summary, {}, ""};
  const std::string section = BenchmarksSection(input);
  EXPECT_THAT(section, HasSubstr("| Loss/projection, vocabulary:8000 | reference | 6.00 ms | 2 | "
                                 "1.50 M | 3.00 GB | 40.0 GFLOP |"));
  EXPECT_THAT(section, HasSubstr("| fused | 3.00 ms | 1 | – | – | – | 0.50x (2.0x faster) |"));
  EXPECT_THAT(section, HasSubstr("needs a \\| GPU"));
  const std::string report = RenderMarkdown(input);
  EXPECT_GT(report.find("## Micro-benchmarks"), report.find("## Leaderboard"));
  EXPECT_THAT(VerdictSection(input), Not(HasSubstr("benchmark")));
}

TEST(BenchmarksSectionTest, IsAbsentWithoutBenchmarks) {
  Study study(1);
  study.RunAll();
  const Summary summary = study.Analysed();
  EXPECT_EQ(BenchmarksSection({study.results(), summary, {}, ""}), "");
}

}  // namespace
}  // namespace ablate

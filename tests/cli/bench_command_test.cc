// `ablate bench` with a program that measures nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/driver.h"
#include "tests/runner/small_suite.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;
using testing::Driver;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::ProcessResult;
using testing::WriteAll;

std::string FileOf(double first_ms, double second_ms, const std::string& threads = "2") {
  nlohmann::json file = {{"context", {{"device", "cpu"}, {"threads", threads}}},
                         {"benchmarks", nlohmann::json::array()}};
  for (const double time : {first_ms, second_ms}) {
    file["benchmarks"].push_back({{"name", "Loss/projection/fused"},
                                  {"run_type", "iteration"},
                                  {"real_time", time},
                                  {"time_unit", "ms"}});
  }
  return file.dump();
}

class BenchCommandTest : public ::testing::Test {
 protected:
  BenchCommandTest() {
    // Says how it was called, and writes what is laid out for it.
    const fs::path program = driver_.project() / "bin" / "ablate-bench";
    WriteAll(program,
             "#!/bin/sh\necho called \"$@\"\nfor a in \"$@\"; do case $a in --benchmark_out=*) "
             "cp \"$(dirname \"$0\")/measured\" \"${a#*=}\";; esac; done\n");
    fs::permissions(program, fs::perms::owner_all);
    WriteAll(driver_.project() / "bin" / "measured", FileOf(10, 10.1));
    WriteAll(old_, FileOf(10, 10.1));
  }

  const Driver driver_;
  const fs::path old_ = driver_.project() / "old.json";
};

TEST_F(BenchCommandTest, LeavesWhatItMeasuredToTheReport) {
  ASSERT_EQ(driver_.Run({driver_.suite().string(), "--no-report"}).exit_code, 0);
  const ProcessResult bench =
      driver_.Run({"bench", "--results", driver_.results().string(), "--benchmark_filter=Loss"});
  ASSERT_EQ(bench.exit_code, 0) << bench.err;
  EXPECT_THAT(bench.err, HasSubstr("called --benchmark_filter=Loss --benchmark_out="));
  EXPECT_THAT(bench.err, Not(HasSubstr("--results")));
  EXPECT_EQ(testing::ReadAll(driver_.results() / "bench.json"), FileOf(10, 10.1));
  ASSERT_EQ(driver_.Run({"report", driver_.results().string()}).exit_code, 0);
  EXPECT_THAT(testing::ReadAll(driver_.report() / "report.md"), HasSubstr("## Micro-benchmarks"));
  // What is no JSON is a note in the report, and no reason to have none.
  WriteAll(driver_.results() / "bench.json", "{");
  ASSERT_EQ(driver_.Run({"report", driver_.results().string()}).exit_code, 0);
  const std::string report = testing::ReadAll(driver_.report() / "report.md");
  EXPECT_THAT(report, HasSubstr("Its section is left out"));
  EXPECT_THAT(report, Not(HasSubstr("## Micro-benchmarks")));
}

TEST_F(BenchCommandTest, JudgesByExitCode) {
  const auto compare = [&](const std::string& now) {
    WriteAll(driver_.project() / "new.json", now);
    return driver_.Run({"bench", "--compare", old_.string(), "--with",
                        (driver_.project() / "new.json").string(), "--json",
                        (driver_.project() / "judged.json").string()});
  };
  EXPECT_EQ(compare(FileOf(10, 10.1)).exit_code, 0);
  const ProcessResult slower = compare(FileOf(20, 20.1));
  EXPECT_EQ(slower.exit_code, 1);
  EXPECT_TRUE(slower.out.starts_with("## Micro-benchmarks: regression")) << slower.out;
  const auto json = nlohmann::json::parse(testing::ReadAll(driver_.project() / "judged.json"));
  EXPECT_EQ(json["verdict"], "regression");
  EXPECT_EQ(compare(FileOf(8, 14)).exit_code, 5);
  const ProcessResult elsewhere = compare(FileOf(10, 10.1, "8"));
  EXPECT_EQ(elsewhere.exit_code, 3);
  EXPECT_THAT(elsewhere.err, HasSubstr("threads: 2 there, 8 here"));
}

TEST_F(BenchCommandTest, MeasuresWithRepetitionsWhatItCompares) {
  const ProcessResult result = driver_.Run({"bench", "--compare=" + old_.string()});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("--benchmark_repetitions=10"));
  EXPECT_THAT(result.out, Not(HasSubstr("called")));
}

TEST_F(BenchCommandTest, RefusesWhatItCannotDo) {
  const auto fails = [&](const std::vector<std::string>& arguments, const std::string& message) {
    const ProcessResult result = driver_.Run(arguments);
    EXPECT_EQ(result.exit_code, 3) << message;
    EXPECT_THAT(result.err, HasSubstr(message));
  };
  fails({"bench", "--compare", "/nonexistent.json"}, "/nonexistent.json");
  fails({"bench", "--results", "/nonexistent"}, "/nonexistent");
  fails({"bench", "--with", old_.string()}, "--compare");
  fails({"bench", "--compare"}, "needs a value");
  fails({"bench", "--compare", old_.string(), "--max-regression", "much"}, "much");
  fails({"bench", "--compare", old_.string(), "--benchmark_out=x"}, "--benchmark_out");
}

}  // namespace
}  // namespace ablate

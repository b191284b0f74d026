#include "harness/report/exports/google_benchmark.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/report/study.h"
#include "tests/support/process.h"

namespace ablate {
namespace {

using ::testing::HasSubstr;
using testing::Study;

nlohmann::ordered_json Exported(const Study& study) {
  const Summary summary = study.Analysed();
  return GoogleBenchmark({study.results(), summary});
}

std::string Written(const nlohmann::ordered_json& json, const std::string& name) {
  const std::filesystem::path file = std::filesystem::path(testing::TemporaryFolder()) / name;
  std::ofstream(file) << json.dump(1);
  return file;
}

// compare.py's answer, by name.
std::map<std::string, nlohmann::json> Compared(const Study& before, const Study& after) {
  const nlohmann::json report = nlohmann::json::parse(testing::RunPython(
      "tests/report/exports/google_benchmark.py",
      {Written(Exported(before), "a.json"), Written(Exported(after), "b.json")}));
  std::map<std::string, nlohmann::json> by_name;
  for (const nlohmann::json& entry : report) by_name[entry["name"]] = entry;
  return by_name;
}

TEST(GoogleBenchmarkTest, SaysOfEveryRunWhereItsNumbersComeFrom) {
  Study study(2);
  study.RunAll();
  const auto json = Exported(study);
  ASSERT_EQ(json["benchmarks"].size(), 8u);
  const auto& first = json["benchmarks"][0];
  const Record& run = *std::ranges::find_if(study.results().records, [&](const Record& record) {
    return record.run_id == first["label"];
  });
  EXPECT_EQ(first["name"], "padding=static,schedule=constant");
  EXPECT_EQ(first["run_type"], "iteration");
  EXPECT_EQ(first["repetitions"], 2);
  EXPECT_DOUBLE_EQ(first["real_time"], *run.time_to_target_s * 1000);
  EXPECT_EQ(first["time_unit"], "ms");
  EXPECT_EQ(first["examples_to_target"], 1000);
  EXPECT_FALSE(first.contains("energy_j"));  // was not measured
  EXPECT_TRUE(json["context"]["left_out"].empty());
}

TEST(GoogleBenchmarkTest, NeverPassesAFailureForATime) {
  Study study(2);
  study.RunAll()
      .Change("static,onecycle", 1, [](Record& r) { testing::NotReached(r, 30, 3000); })
      .Change("dynamic,constant", 2,
              [](Record& r) { testing::Ended(r, Status::kFailed, "ended by SIGKILL"); });
  const auto json = Exported(study);
  std::map<std::string, int> runs;
  for (const auto& entry : json["benchmarks"]) {
    ++runs[entry["name"]];
    EXPECT_GT(entry["real_time"], 1000.0);
    EXPECT_FALSE(entry.contains("error_occurred"));
  }
  // The cell of the censored run is out whole; of the failed run's cell the other run stands.
  EXPECT_EQ(runs, (std::map<std::string, int>{{"padding=static,schedule=constant", 2},
                                              {"padding=dynamic,schedule=constant", 1},
                                              {"padding=dynamic,schedule=onecycle", 2}}));
  const std::string left_out = json["context"]["left_out"].dump();
  EXPECT_EQ(json["context"]["left_out"].size(), 3u);
  EXPECT_THAT(left_out, HasSubstr("not_reached: the budget is used up"));
  EXPECT_THAT(left_out, HasSubstr("failed: ended by SIGKILL"));
}

TEST(GoogleBenchmarkTest, IsReadByComparePy) {
  Study before(3), after(3);
  before.RunAll();
  after.RunAll();
  for (const uint64_t seed : {1, 2, 3}) {
    after.Change("dynamic,constant", seed, [](Record& r) { *r.time_to_target_s *= 1.5; });
  }
  const auto report = Compared(before, after);
  EXPECT_EQ(report.size(), 5u);  // and OVERALL_GEOMEAN
  const auto& slower = report.at("padding=dynamic,schedule=constant");
  ASSERT_EQ(slower["measurements"].size(), 3u);
  EXPECT_NEAR(slower["measurements"][0]["time"], 0.5, 1e-12);
  EXPECT_EQ(slower["measurements"][0]["real_time"], 5000);
  EXPECT_EQ(slower["utest"]["nr_of_repetitions"], 3);
  EXPECT_EQ(report.at("padding=static,schedule=constant")["measurements"][0]["time"], 0);
  EXPECT_NEAR(report.at("OVERALL_GEOMEAN")["measurements"][0]["time"], std::pow(1.5, 0.25) - 1,
              1e-12);
}

TEST(GoogleBenchmarkTest, IsReadByComparePyWithCensoredAndMissingRuns) {
  Study before(2), after(2);
  before.RunAll();
  after.RunAll()
      .Change("static,onecycle", 1, [](Record& r) { testing::NotReached(r, 30, 3000); })
      .Remove("dynamic,onecycle", 2);
  const auto report = Compared(before, after);
  EXPECT_FALSE(report.contains("padding=static,schedule=onecycle"));
  EXPECT_EQ(report.at("padding=dynamic,schedule=onecycle")["measurements"].size(), 1u);
}

TEST(GoogleBenchmarkTest, ExportsAFolderWithoutRecords) {
  const auto json = Exported(Study(2));
  EXPECT_TRUE(json["benchmarks"].empty());
  EXPECT_TRUE(json["benchmarks"].is_array());
}

}  // namespace
}  // namespace ablate

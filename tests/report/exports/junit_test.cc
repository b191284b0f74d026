#include "harness/report/exports/junit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/report/study.h"
#include "tests/support/process.h"

namespace ablate {
namespace {

using ::testing::HasSubstr;
using testing::Study;

// What a reader sees; holds the text to the schema.
nlohmann::json Read(const ExportInput& input) {
  return nlohmann::json::parse(
      testing::RunPython("tests/report/exports/junit.py", {}, JUnitXml(input)));
}

nlohmann::json Read(const Study& study) {
  const Summary summary = study.Analysed();
  return Read({study.results(), summary});
}

nlohmann::json CaseNamed(const nlohmann::json& read, const std::string& name) {
  for (const auto& testcase : read["cases"]) {
    if (testcase["name"] == name) return testcase;
  }
  return nullptr;
}

TEST(JUnitTest, HasATestcaseACell) {
  Study study(2);
  study.RunAll();
  for (Record& record : study.results().records) {
    record.time.wall_s = 12.5;
    record.started_at = "2026-01-0" + std::to_string(record.seed) + "T00:00:00Z";
  }
  study.results().environment = {{"host", "gpu-7"}};
  const nlohmann::json read = Read(study);
  EXPECT_EQ(read["suite"]["timestamp"], "2026-01-01T00:00:00");
  EXPECT_EQ(read["suite"]["hostname"], "gpu-7");
  ASSERT_EQ(read["cases"].size(), 4u);
  const nlohmann::json baseline = CaseNamed(read, "padding=static,schedule=constant");
  EXPECT_EQ(baseline["outcome"]["kind"], "passed");
  EXPECT_EQ(baseline["classname"], "study");
  EXPECT_EQ(baseline["time"], "25.000");
  EXPECT_EQ(baseline["properties"]["reached"], "2 of 2");
  EXPECT_NEAR(std::stod(baseline["properties"]["time_to_target_s"].get<std::string>()), 10, 1e-9);
  EXPECT_THAT(std::string(baseline["system_out"]), HasSubstr("seed 2: reached in 10.0 s ("));
}

TEST(JUnitTest, TellsBrokenRunsFromResults) {
  Study study(2);
  study.RunAll()
      .Change("static,onecycle", 1, [](Record& r) { testing::NotReached(r, 30, 3000); })
      .Change("dynamic,constant", 1,
              [](Record& r) { testing::Ended(r, Status::kTimedOut, "not finished within 60 s"); })
      .Change("dynamic,onecycle", 2,
              [](Record& r) { testing::Ended(r, Status::kOutOfMemory, "no more"); });
  const nlohmann::json read = Read(study);
  EXPECT_EQ(read["suite"]["errors"], "1");
  const nlohmann::json broken = CaseNamed(read, "padding=dynamic,schedule=constant");
  EXPECT_EQ(broken["outcome"]["kind"], "error");
  EXPECT_EQ(broken["outcome"]["type"], "timed_out");
  EXPECT_THAT(std::string(broken["outcome"]["message"]),
              HasSubstr("seed 1: timed_out: not finished within 60 s ("));
  EXPECT_EQ(broken["properties"]["reached"], "1 of 2");
  const nlohmann::json censored = CaseNamed(read, "padding=static,schedule=onecycle");
  EXPECT_EQ(censored["outcome"]["kind"], "passed");
  EXPECT_TRUE(censored["properties"].contains("time_to_target_s.at_least"));
  EXPECT_FALSE(censored["properties"].contains("time_to_target_s"));
  EXPECT_THAT(std::string(censored["system_out"]), HasSubstr("not_reached: the budget is used up"));
  EXPECT_EQ(CaseNamed(read, "padding=dynamic,schedule=onecycle")["outcome"]["kind"], "passed");
}

TEST(JUnitTest, SkipsWhatHasNoRecordAndWhatIsExcluded) {
  Study study(1);
  Summary summary = study.Analysed();
  summary.excluded.emplace_back("padding=x,schedule=y", "not worth its time");
  const nlohmann::json read = Read({study.results(), summary});
  ASSERT_EQ(read["cases"].size(), 5u);
  EXPECT_EQ(read["suite"]["skipped"], "5");
  EXPECT_EQ(CaseNamed(read, "padding=x,schedule=y")["outcome"]["message"], "not worth its time");
  EXPECT_EQ(CaseNamed(read, "padding=static,schedule=constant")["outcome"]["message"],
            "no run of this cell has a record");
}

TEST(JUnitTest, SurvivesTextThatXmlCannotHold) {
  const std::string reason = "<a href=\"x\">&amp; ]]>\x01\x1b[31m \xff \xe2\x82\xac\n'end'";
  Study study(1);
  study.RunAll().Change("static,constant", 1,
                        [&](Record& r) { testing::Ended(r, Status::kFailed, reason); });
  const nlohmann::json outcome =
      CaseNamed(Read(study), "padding=static,schedule=constant")["outcome"];
  const std::string clean = "<a href=\"x\">&amp; ]]>\uFFFD\uFFFD[31m \uFFFD €\n'end'";
  EXPECT_THAT(std::string(outcome["message"]), HasSubstr(clean));
  EXPECT_THAT(std::string(outcome["text"]), HasSubstr(clean));
}

}  // namespace
}  // namespace ablate

#include "harness/cli/export.h"

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
using testing::ProcessResult;
using testing::ReadAll;

const std::vector<std::string> kNoStep = {"env", "-u", "GITHUB_STEP_SUMMARY"};

TEST(ExportOptionTest, WritesEveryFormatThatIsNamed) {
  const Driver driver;
  const fs::path exports = driver.report() / "exports";
  ProcessResult result = driver.Run(
      {"--export", "csv,json", "--export", "junit", driver.suite().string(), "--no-report"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("exports/records.csv\n"));
  EXPECT_THAT(result.out, HasSubstr("exports/junit.xml\n"));
  EXPECT_EQ(nlohmann::json::parse(ReadAll(exports / "records.json")).size(), 4u);
  EXPECT_THAT(ReadAll(exports / "junit.xml"), HasSubstr("tests=\"4\" failures=\"0\" errors=\"0\""));
  EXPECT_FALSE(fs::exists(exports / "mlperf"));

  result = driver.Run({"report", driver.results().string(), "--export",
                       "google-benchmark,step-summary,action-benchmark,mlperf", "--output",
                       (driver.project() / "elsewhere").string()},
                      kNoStep);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const fs::path others = driver.project() / "elsewhere" / "exports";
  for (const char* name :
       {"google-benchmark.json", "step-summary.md", "action-benchmark.json", "mlperf"}) {
    EXPECT_TRUE(fs::exists(others / name)) << name;
  }
}

TEST(ExportOptionTest, AppendsTheSummaryToTheStepsFile) {
  const Driver driver;
  const fs::path file = driver.project() / "step";
  const ProcessResult result = driver.Run({driver.suite().string(), "--export", "step-summary"},
                                          {"env", "GITHUB_STEP_SUMMARY=" + file.string()});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(ReadAll(file), ::testing::StartsWith("## small\n\n**Fastest: "));
  EXPECT_FALSE(fs::exists(driver.report() / "exports" / "step-summary.md"));
}

TEST(ExportOptionTest, ExportsWhatThereIsAfterAFailure) {
  Driver driver;
  driver.Behave("padding=dynamic,schedule=onecycle abort");
  const ProcessResult result = driver.Run({driver.suite().string(), "--export", "junit"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(ReadAll(driver.report() / "exports" / "junit.xml"), HasSubstr("errors=\"1\""));
}

TEST(ExportOptionTest, NamesTheFormatsThatThereAre) {
  const Driver driver;
  const ProcessResult result = driver.Run({driver.suite().string(), "--export", "xml"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, HasSubstr("google-benchmark"));
  EXPECT_EQ(driver.Starts(), 0u);
}

}  // namespace
}  // namespace ablate

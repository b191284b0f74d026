// What tests/gpu/run does on a GPU, tried in small on a CPU.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/process.h"

namespace ablate {
namespace {

using ::testing::HasSubstr;

using testing::ProcessResult;
using testing::RunProcess;

std::string FileText(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class GpuSessionTest : public ::testing::Test {
 protected:
  static std::filesystem::path folder() {
    static const std::filesystem::path of_all_cases = testing::TemporaryFolder();
    return of_all_cases;
  }

  static ProcessResult Run(std::vector<std::string> arguments) {
    const std::vector<std::string> start = {ABLATE_PYTHON,
                                            ABLATE_SOURCE_DIR "/tests/gpu/measure.py",
                                            "--device",
                                            "cpu",
                                            "--tiny",
                                            "--suites",
                                            ABLATE_SOURCE_DIR "/suites"};
    arguments.insert(arguments.begin(), start.begin(), start.end());
    return RunProcess(arguments, "", {{"ABLATE_CACHE", folder()}});
  }

  static void SetUpTestSuite() {
    whole_ = Run({"--binaries", ABLATE_BINARY_DIR, "--output", folder() / "whole"});
    report_ = FileText(folder() / "whole/report.md");
  }

  static inline ProcessResult whole_;
  static inline std::string report_;
};

TEST_F(GpuSessionTest, GoesThroughAllSteps) {
  EXPECT_EQ(whole_.exit_code, 0) << whole_.err << FileText(folder() / "whole/log.txt");
  for (const char* step : {"tests", "rates", "peers-2048", "assignment", "full"}) {
    EXPECT_THAT(report_, HasSubstr("| " + std::string(step) + " | done |"));
  }
  EXPECT_THAT(report_, HasSubstr("skipped, 0 failed."));
  EXPECT_THAT(report_, HasSubstr("Roofline: "));
}

TEST_F(GpuSessionTest, LeavesTheRecords) {
  for (const auto& [suite, cells] : {std::pair("assignment", 2), std::pair("full", 6)}) {
    std::ifstream records(folder() / "whole" / suite / "records.jsonl");
    int lines = 0;
    for (std::string line; std::getline(records, line); ++lines) {
      EXPECT_EQ(nlohmann::json::parse(line).at("status"), "not_reached");
    }
    EXPECT_EQ(lines, cells) << suite;
  }
}

TEST_F(GpuSessionTest, AStepThatFailsOrRunsTooLongLeavesTheOthers) {
  const ProcessResult result = Run(
      {"--binaries", "/nowhere", "--steps", "tests,rates,full", "--output", folder() / "broken"});
  EXPECT_EQ(result.exit_code, 2);
  const std::string report = FileText(folder() / "broken/report.md");
  EXPECT_THAT(report, HasSubstr("Failed: /nowhere holds none of"));
  EXPECT_THAT(report, HasSubstr("| rates | done |"));
  EXPECT_THAT(report, HasSubstr("No such file"));
  const ProcessResult late = Run({"--binaries", ABLATE_BINARY_DIR, "--steps", "full,rates",
                                  "--total", "1", "--output", folder() / "late"});
  EXPECT_EQ(late.exit_code, 2);
  EXPECT_THAT(FileText(folder() / "late/report.md"), HasSubstr("ran past its limit"));
}

}  // namespace
}  // namespace ablate

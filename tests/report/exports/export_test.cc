#include "harness/report/exports/export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "harness/report/analysis.h"
#include "model/error.h"
#include "tests/report/study.h"
#include "tests/support/process.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

const fs::path kGolden = fs::path(ABLATE_SOURCE_DIR) / "tests/report/golden";

class ExportTest : public ::testing::Test {
 protected:
  ExportTest() {
    unsetenv("GITHUB_STEP_SUMMARY");  // tests may run in a step of their own
    results_ = LoadResults(kGolden / "results");
    summary_ = Analyse(results_);
  }
  ~ExportTest() override { unsetenv("GITHUB_STEP_SUMMARY"); }

  fs::path Write(std::string_view format, const fs::path& folder) const {
    return WriteExport({results_, summary_}, format, folder);
  }

  std::map<std::string, std::string> WriteAll(const fs::path& folder) const {
    for (const ExportFormat& format : ExportFormats()) {
      EXPECT_EQ(Write(format.name, folder), folder / format.file);
    }
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file()) {
        files[entry.path().lexically_relative(folder)] = testing::FileText(entry.path());
      }
    }
    return files;
  }

  const fs::path folder_ = fs::path(testing::TemporaryFolder()) / "exports";
  Results results_;
  Summary summary_;
};

TEST_F(ExportTest, WritesTheSameBytesTwice) {
  const auto files = WriteAll(folder_);
  EXPECT_EQ(files.size(), ExportFormats().size() - 1 + 10);  // mlperf: a file a run
  for (const auto& [name, text] : files) {
    EXPECT_FALSE(text.empty()) << name;
    EXPECT_EQ(text.find("NaN"), std::string::npos) << name;
  }
  EXPECT_TRUE(files == WriteAll(folder_));
  EXPECT_TRUE(files == WriteAll(fs::path(testing::TemporaryFolder()) / "other"));
}

TEST_F(ExportTest, RemovesLogsOfRunsThatAreNoMore) {
  const fs::path logs = Write("mlperf", folder_);
  std::ofstream(logs / "0123456789ab-s1.log") << "old";
  Write("mlperf", folder_);
  EXPECT_FALSE(fs::exists(logs / "0123456789ab-s1.log"));
  EXPECT_TRUE(fs::exists(logs / "2e2d0ed66de7-s1.log"));
}

TEST_F(ExportTest, AppendsTheStepSummaryWhereGitHubWantsIt) {
  const fs::path file = fs::path(testing::TemporaryFolder()) / "step";
  std::ofstream(file) << "earlier\n";
  setenv("GITHUB_STEP_SUMMARY", file.c_str(), 1);
  EXPECT_EQ(Write("step-summary", folder_), file);
  EXPECT_THAT(testing::FileText(file), ::testing::StartsWith("earlier\n## synthetic\n"));
  setenv("GITHUB_STEP_SUMMARY", (file / "not" / "there").c_str(), 1);
  EXPECT_THROW(Write("step-summary", folder_), Error);
}

TEST_F(ExportTest, RefusesUnknownFormatsAndFoldersThatCannotBeMade) {
  EXPECT_THROW(Write("xml", folder_), Error);
  const fs::path file = fs::path(testing::TemporaryFolder()) / "file";
  std::ofstream(file) << "x";
  EXPECT_THROW(Write("junit", file / "below"), Error);
}

}  // namespace
}  // namespace ablate

#include "harness/report/render.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "harness/report/analysis.h"
#include "harness/report/plots.h"
#include "harness/report/report.h"
#include "harness/report/summary_json.h"
#include "tests/report/study.h"
#include "tests/support/process.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;
using testing::FileText;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Study;
using testing::TemporaryFolder;

const fs::path kGolden = fs::path(ABLATE_SOURCE_DIR) / "tests/report/golden";

// Sets ABLATE_PYTHON for a test.
class PythonScope {
 public:
  explicit PythonScope(const std::string& python) {
    if (const char* before = std::getenv("ABLATE_PYTHON")) before_ = before;
    setenv("ABLATE_PYTHON", python.c_str(), 1);
  }
  ~PythonScope() { setenv("ABLATE_PYTHON", before_.c_str(), 1); }

 private:
  std::string before_;
};

void ExpectGolden(const std::string& name, const std::string& text) {
  if (std::getenv("ABLATE_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(kGolden / name, std::ios::binary) << text;
  }
  EXPECT_TRUE(FileText(kGolden / name) == text)
      << name << " is out of date. Where the change is meant, run this test once more with "
      << "ABLATE_UPDATE_GOLDEN=1. It should be:\n"
      << text;
}

std::map<std::string, std::string> AllFiles(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files[entry.path().lexically_relative(folder)] = FileText(entry);
  }
  return files;
}

// Writes a study as a results folder.
fs::path Written(const Study& study) {
  const fs::path folder = TemporaryFolder();
  std::ofstream(folder / "suite.json") << ToJson(study.results().suite).dump();
  std::ofstream records(folder / "records.jsonl");
  for (const Record& record : study.results().records) records << ToJson(record).dump() << "\n";
  return folder;
}

// Numbers may differ in their last digits between mathematical libraries.
void RoundNumbers(nlohmann::ordered_json& json) {
  if (json.is_number_float()) json = Rounded(json.get<double>());
  if (!json.is_structured()) return;
  for (auto& child : json) RoundNumbers(child);
}

void ExpectGoldenReport(const std::string& folder) {
  const Results results = LoadResults(kGolden / folder / "results");
  const Summary summary = Analyse(results);
  ReportInput input{results, summary, {}, ""};
  for (const PlotKind& kind : AllPlots()) input.plots.insert(kind.name);
  ExpectGolden(folder + "/report.md", RenderMarkdown(input));
  nlohmann::ordered_json json = ToJson(summary);
  RoundNumbers(json);
  ExpectGolden(folder + "/summary.json", json.dump(1) + "\n");
}

TEST(ReportTest, SaysWhatTheGoldenFilesSay) { ExpectGoldenReport("."); }

TEST(ReportTest, SaysWhatTheGoldenFilesOfAFactorialSay) { ExpectGoldenReport("factorial"); }

TEST(ReportTest, NamesCellsOfSeveralProcesses) {
  Study study(2);
  study.RunAll();
  const auto method = [&] {
    const Summary summary = study.Analysed();
    return MethodSection({study.results(), summary, {}, ""});
  };
  EXPECT_THAT(method(), Not(HasSubstr("Processes")));
  for (const uint64_t seed : {1, 2}) {
    study.Change("dynamic,constant", seed, [](Record& record) { record.processes = 3; });
  }
  EXPECT_THAT(method(), HasSubstr("These cells train on more than one: dynamic (3). Throughput "
                                  "counts all processes; "));
}

TEST(ReportTest, NamesKernelsOfAttentionAndWhoseTheyAreWhereTheyDiffer) {
  Study study(1);
  study.RunAll();
  const auto method = [&] {
    const Summary summary = study.Analysed();
    return MethodSection({study.results(), summary, {}, ""});
  };
  EXPECT_THAT(method(), Not(HasSubstr("Attention")));
  study.Change("dynamic,constant", 1, [](Record& record) { record.attention_kernel = "flash"; });
  EXPECT_THAT(method(), HasSubstr("- **Attention.** Kernels that training chose: flash.\n"));
  study.Change("static,constant", 1, [](Record& record) { record.attention_kernel = "math"; });
  EXPECT_THAT(method(), HasSubstr("training chose: flash (dynamic); math ("));
}

TEST(RenderReportTest, WritesTheSameBytesTwice) {
  const PythonScope python(ABLATE_PYTHON);
  const fs::path first = TemporaryFolder(), second = TemporaryFolder();
  RenderReport(kGolden / "results", first);
  RenderReport(kGolden / "results", second);
  const auto files = AllFiles(first);
  EXPECT_TRUE(files == AllFiles(second));
  RenderReport(kGolden / "results", first);  // over an earlier report
  EXPECT_TRUE(files == AllFiles(first));
}

TEST(RenderReportTest, DrawsEveryPlotForLightAndDark) {
  const PythonScope python(ABLATE_PYTHON);
  const fs::path one_factor = TemporaryFolder(), factorial = TemporaryFolder();
  RenderReport(kGolden / "results", one_factor);
  RenderReport(kGolden / "factorial" / "results", factorial);
  EXPECT_FALSE(AllFiles(one_factor).contains("plots/interactions.vl.json"));  // there are none
  for (const PlotKind& kind : AllPlots()) {
    const auto files = AllFiles(kind.name == "interactions" ? factorial : one_factor);
    const std::string light = "plots/" + kind.name + "-light.svg";
    const std::string dark = "plots/" + kind.name + "-dark.svg";
    ASSERT_TRUE(files.contains(light)) << light;
    EXPECT_THAT(files.at(light), HasSubstr("</svg>"));
    EXPECT_THAT(files.at(light), HasSubstr(LightTheme().muted));
    EXPECT_THAT(files.at(dark), HasSubstr(DarkTheme().muted));
    EXPECT_THAT(files.at(light), Not(HasSubstr("NaN")));
    EXPECT_THAT(files.at("report.md"), HasSubstr(light));
    EXPECT_THAT(files.at("report.md"), HasSubstr(dark));
    EXPECT_TRUE(nlohmann::json::accept(files.at("plots/" + kind.name + ".vl.json")));
  }
}

TEST(RenderReportTest, KeepsVegaLiteFilesWithoutVlConvert) {
  const fs::path folder = TemporaryFolder();
  const fs::path python = folder / "python";
  std::ofstream(python) << "#!/bin/sh\ncat > /dev/null\n"
                           "echo 'the Python package vl-convert-python is not installed' >&2\n"
                           "exit 1\n";
  fs::permissions(python, fs::perms::owner_all);
  for (const std::string& program : {python.string(), std::string("/nonexistent/python")}) {
    const PythonScope scope(program);
    RenderReport(kGolden / "results", folder / "out");
    const auto files = AllFiles(folder / "out");
    EXPECT_TRUE(files.contains("plots/time_to_target.vl.json"));
    EXPECT_FALSE(files.contains("plots/time_to_target-light.svg"));
    const std::string& report = files.at("report.md");
    EXPECT_THAT(report, HasSubstr("[plots/time_to_target.vl.json](plots/time_to_target.vl.json)"));
    EXPECT_THAT(report, HasSubstr("kept as Vega-Lite files only"));
    EXPECT_THAT(report, Not(HasSubstr("<picture>")));
  }
}

TEST(RenderReportTest, SaysThatThereIsNothingYet) {
  const fs::path output = TemporaryFolder();
  const Summary summary = RenderReport(Written(Study(2)), output);
  EXPECT_EQ(summary.recorded_runs, 0);
  const std::string report = FileText(output / "report.md");
  EXPECT_THAT(report, HasSubstr("No run has a record yet"));
  EXPECT_THAT(report, HasSubstr("8 of 8 planned runs have no record yet"));
  EXPECT_THAT(report, Not(HasSubstr("## Leaderboard")));
}

TEST(RenderReportTest, DrawsNoPlotThatHasNothingToShow) {
  Study study(1);
  study.RunAll();
  for (Record& record : study.results().records) {
    testing::Ended(record, Status::kFailed, "ended by SIGSEGV | a\nb");
  }
  const PythonScope python(ABLATE_PYTHON);
  const fs::path output = TemporaryFolder();
  RenderReport(Written(study), output);
  EXPECT_THAT(AllFiles(output / "plots"), ::testing::IsEmpty());
  EXPECT_THAT(FileText(output / "report.md"), HasSubstr("ended by SIGSEGV \\| a b"));
}

TEST(RenderReportTest, TellsIncompleteSuitesApart) {
  Study study(2);
  study.RunAll().Remove("static,constant", 1).Remove("static,constant", 2);
  const PythonScope python(ABLATE_PYTHON);
  const fs::path output = TemporaryFolder();
  RenderReport(Written(study), output);
  const std::string report = FileText(output / "report.md");
  EXPECT_THAT(report, HasSubstr("2 of 8 planned runs have no record yet"));
  EXPECT_THAT(report, HasSubstr("The baseline has no time to target"));
}

}  // namespace
}  // namespace ablate

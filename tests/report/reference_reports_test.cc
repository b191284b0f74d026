// The committed reports are what today's code says of the committed runs. Pictures are left out:
// their plots are compared as Vega-Lite, from which they are drawn.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "harness/report/analysis.h"
#include "harness/report/plots.h"
#include "harness/report/report.h"
#include "harness/report/summary_json.h"
#include "harness/report/theme.h"
#include "tests/report/study.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;
using testing::FileText;

const fs::path kRoot = ABLATE_SOURCE_DIR;

std::vector<std::string> References() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kRoot / "results/reference")) {
    names.push_back(entry.path().filename());
  }
  return names;
}

class ReferenceReportTest : public ::testing::TestWithParam<std::string> {};

TEST_P(ReferenceReportTest, IsWhatTheRunsSay) {
  const fs::path runs = kRoot / "results/reference" / GetParam();
  const fs::path report = kRoot / "reports/reference" / GetParam();
  const Results results = LoadResults(runs);
  const Summary summary = Analyse(results);
  ReportInput input{results, summary, {}, ""};
  for (const PlotKind& kind : AllPlots()) {
    const nlohmann::json plot = kind.draw({results, summary}, LightTheme());
    if (plot.is_null()) continue;
    input.plots.insert(kind.name);
    EXPECT_EQ(FileText(report / "plots" / (kind.name + ".vl.json")), plot.dump(1) + "\n");
  }
  const std::string again = "; write it anew: ablate report results/reference/" + GetParam() +
                            " --output reports/reference/" + GetParam();
  EXPECT_TRUE(FileText(report / "report.md") == RenderMarkdown(input)) << "report.md" << again;
  EXPECT_TRUE(FileText(report / "summary.json") == ToJson(summary).dump(1) + "\n")
      << "summary.json" << again;
}

INSTANTIATE_TEST_SUITE_P(Committed, ReferenceReportTest, ::testing::ValuesIn(References()),
                         [](const auto& suite) { return suite.param; });

}  // namespace
}  // namespace ablate

#include "harness/report/exports/step_summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "harness/report/verdict.h"
#include "tests/report/study.h"
#include "tests/support/process.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Lt;
using ::testing::Not;
using ::testing::StartsWith;
using testing::Study;

Study Mixed() {
  Study study(2);
  study.RunAll().Change("static,onecycle", 1, [](Record& r) { testing::NotReached(r, 30, 3000); });
  return study;
}

TEST(StepSummaryTest, StartsWithTheAnswer) {
  const Study study = Mixed();
  const Summary summary = study.Analysed();
  const std::string text = StepSummary({study.results(), summary});
  EXPECT_THAT(text, StartsWith("## study\n\n**Fastest: dynamic + onecycle, "));
  EXPECT_THAT(text, HasSubstr("7 of 8 runs reached the target; 4 cells, 2 seeds."));
  EXPECT_THAT(text, HasSubstr("### Effects"));
  EXPECT_THAT(text, HasSubstr("not_reached: the budget is used up"));
  EXPECT_LT(text.find("### Effects"), text.find("### Leaderboard"));
  EXPECT_LT(text.find("### Leaderboard"), text.find("### Runs that did not"));
  EXPECT_THAT(text, Not(HasSubstr("](")));  // no links to files that a summary doesn't have
}

TEST(StepSummaryTest, IsCutAtALinesEndAndSaysSo) {
  const Study study = Mixed();
  const Summary summary = study.Analysed();
  const std::string whole = StepSummary({study.results(), summary});
  for (size_t limit = 0; limit <= whole.size(); ++limit) {
    const std::string text = StepSummary({study.results(), summary}, limit);
    ASSERT_LE(text.size(), limit);
    if (limit == whole.size()) {
      EXPECT_EQ(text, whole);
    } else if (!text.empty()) {
      const size_t cut = text.find("\n*Cut here: ");
      ASSERT_NE(cut, std::string::npos) << limit;
      ASSERT_EQ(text.substr(0, cut), whole.substr(0, cut));
      ASSERT_TRUE(cut == 0 || whole[cut - 1] == '\n');
    }
  }
}

TEST(StepSummaryTest, FitsIntoWhatAStepMayHaveLeft) {
  const Study study = Mixed();
  const Summary summary = study.Analysed();
  const fs::path file = fs::path(testing::TemporaryFolder()) / "summary";
  std::ofstream(file) << "before\n";
  AppendStepSummary({study.results(), summary}, file);
  EXPECT_EQ(testing::FileText(file), "before\n" + StepSummary({study.results(), summary}));
  std::ofstream(file) << std::string(kStepSummaryLimit - 400, 'x');
  AppendStepSummary({study.results(), summary}, file);
  EXPECT_LE(fs::file_size(file), kStepSummaryLimit);
  EXPECT_GT(fs::file_size(file), kStepSummaryLimit - 400);
  AppendStepSummary({study.results(), summary}, file);
  EXPECT_LE(fs::file_size(file), kStepSummaryLimit);
}

TEST(StepSummaryTest, FitsWithThousandsOfCells) {
  const Study study(1);
  Summary summary = study.Analysed();
  const CellSummary cell = summary.cells[1];
  for (int i = 0; i < 20000; ++i) {
    summary.cells.push_back(cell);
    summary.cells.back().short_name += " + level " + std::to_string(i) + std::string(40, 'x');
  }
  const std::string text = StepSummary({study.results(), summary});
  EXPECT_LE(text.size(), kStepSummaryLimit);
  EXPECT_GT(text.size(), kStepSummaryLimit - 200);
  EXPECT_THAT(text, StartsWith("## study\n\n**No run has a record yet"));
}

}  // namespace
}  // namespace ablate

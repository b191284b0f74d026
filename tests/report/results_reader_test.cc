#include "harness/report/results_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "model/error.h"
#include "tests/report/study.h"
#include "tests/support/process.h"

namespace ablate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::Study;

std::string Line(const Record& record) { return ToJson(record).dump() + "\n"; }

TEST(ResultsReaderTest, LeavesATornLastLineOutWithANote) {
  const auto records = Study(1).RunAll().results().records;
  const std::string torn = Line(records[1]).substr(0, 80);
  std::vector<std::string> notes;
  EXPECT_THAT(ParseRecords(Line(records[0]) + torn, notes), SizeIs(1));
  EXPECT_THAT(notes, ElementsAre(HasSubstr("last line of records.jsonl is torn")));
}

TEST(ResultsReaderTest, KeepsTheLastRecordOfARun) {
  Record first = Study(1).RunAll().results().records[0];
  Record second = first;
  first.status = Status::kFailed;
  std::vector<std::string> notes;
  const auto records = ParseRecords(Line(first) + Line(second), notes);
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records[0].status, Status::kReached);
  EXPECT_THAT(notes, IsEmpty());
}

TEST(ResultsReaderTest, NamesABadLineInTheMiddle) {
  const auto records = Study(1).RunAll().results().records;
  std::vector<std::string> notes;
  EXPECT_THAT(ParseRecords(Line(records[0]) + "nonsense\n" + Line(records[1]), notes), SizeIs(2));
  EXPECT_THAT(notes, ElementsAre(HasSubstr("Line 2 of records.jsonl")));
}

// Notes end up in summary.json, which refuses what is no text.
TEST(ResultsReaderTest, QuotesNothingOfALineThatIsNoText) {
  std::vector<std::string> notes;
  EXPECT_THAT(ParseRecords("{\"suite\": \"sm\xc3\"}\n\xff\n\n", notes), IsEmpty());
  EXPECT_THAT(notes, SizeIs(2));
  for (const std::string& note : notes) {
    EXPECT_NO_THROW(nlohmann::json(note).dump()) << note.size();
    EXPECT_THAT(note, HasSubstr("is not JSON"));
  }
}

TEST(ResultsReaderTest, ReadsCurvesByColumnName) {
  std::vector<std::string> notes;
  const auto curve =
      ParseCurve("examples,update,extra,train_s,train_loss\r\n64,1,x,0.5,\n128,2,y,1e0,2.5\n192,3",
                 "c", notes);
  ASSERT_THAT(curve, SizeIs(2));
  EXPECT_FALSE(curve[0].train_loss.has_value());
  EXPECT_EQ(curve[1].train_loss, 2.5);
  EXPECT_EQ(curve[1].update, 2);
  EXPECT_THAT(notes, ElementsAre(HasSubstr("1 unreadable row")));
}

TEST(ResultsReaderTest, ReadsEveryColumnOfACurve) {
  std::vector<std::string> notes;
  const auto curve = ParseCurve(
      "update,examples,target_tokens,train_s,learning_rate,train_loss,valid_loss,grad_norm,"
      "loss_scale\n1,2,3,4,5,6,7,8,9\n",
      "c", notes);
  ASSERT_THAT(curve, SizeIs(1));
  EXPECT_EQ(curve[0].target_tokens, 3);
  EXPECT_EQ(curve[0].learning_rate, 5);
  EXPECT_EQ(curve[0].grad_norm, 8);
  EXPECT_EQ(curve[0].loss_scale, 9);
}

TEST(ResultsReaderTest, RefusesAFolderThatHoldsNoResults) {
  try {
    LoadResults(testing::TemporaryFolder());
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("holds no suite.json"));
  }
}

// The committed runs, which readers of the repository render reports from.
TEST(ReferenceResultsTest, AreReadWhole) {
  int suites = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(ABLATE_SOURCE_DIR "/results/reference")) {
    if (!entry.is_directory()) continue;
    const std::string name = entry.path().filename().string();
    SCOPED_TRACE(name);
    ++suites;
    try {
      const Results results = LoadResults(entry.path());
      EXPECT_EQ(results.suite.name, name);
      EXPECT_THAT(results.notes, IsEmpty());
      EXPECT_THAT(results.records, SizeIs(results.plan.runs.size()));
    } catch (const Error& error) {
      ADD_FAILURE() << error.what();
    }
  }
  EXPECT_GT(suites, 0);
}

}  // namespace
}  // namespace ablate

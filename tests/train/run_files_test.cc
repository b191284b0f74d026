#include "harness/train/run_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "model/error.h"
#include "tests/support/process.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class RunFilesTest : public ::testing::Test {
 protected:
  RunFilesTest() {
    record_.run_id = "abc-s1";
    record_.status = Status::kReached;
    record_.notes = {"first"};
    record_.memory.host_peak_rss_bytes = 7;
  }
  std::string Text(const char* name) const {
    std::ostringstream text;
    text << std::ifstream(folder_ / name).rdbuf();
    return text.str();
  }
  nlohmann::json RunJson() const { return nlohmann::json::parse(Text("run.json")); }

  const fs::path folder_ = testing::TemporaryFolder();
  Record record_;
};

TEST_F(RunFilesTest, AreCurveAndRecordWithSamples) {
  WriteRun(folder_, record_, "update\n1\n", {{"a", "b", "\xc3"}});  // within a character
  EXPECT_EQ(Text("curve.csv"), "update\n1\n");
  const nlohmann::json run = RunJson();
  EXPECT_EQ(run["samples"][0]["source"], "a");
  EXPECT_FALSE(run.contains("complete"));
  const Record record = RecordFromJson(run);
  EXPECT_EQ(record.status, Status::kReached);
  EXPECT_THAT(record.notes, ElementsAre("first"));
}

TEST_F(RunFilesTest, HaveNoCurveWhereNothingWasTrained) {
  WriteRun(folder_, record_, "", {});
  EXPECT_FALSE(fs::exists(folder_ / "curve.csv"));
}

TEST_F(RunFilesTest, SayThatTheyAreNotCompleteAndAreReplaced) {
  WriteRunEarly(folder_, record_, "update\n");
  EXPECT_EQ(RunJson()["complete"], false);
  EXPECT_THAT(RecordFromJson(RunJson()).notes,
              ElementsAre("first", HasSubstr("ended before it had evaluated all")));
  WriteRun(folder_, record_, "update\n1\n", {});
  EXPECT_FALSE(RunJson().contains("complete"));
  EXPECT_THAT(RecordFromJson(RunJson()).notes, ElementsAre("first"));
  EXPECT_EQ(Text("curve.csv"), "update\n1\n");
}

TEST_F(RunFilesTest, TellWhyARankFailedAndWhatItHeld) {
  record_.status = Status::kOutOfMemory;
  record_.reason = "64 GiB";
  WriteRankFailure(folder_, 3, record_);
  const nlohmann::json told = nlohmann::json::parse(Text("rank-3.json"));
  EXPECT_EQ(told["status"], "out_of_memory");
  EXPECT_EQ(told["reason"], "64 GiB");
  EXPECT_EQ(told["memory"]["host_peak_rss_bytes"], 7);
}

TEST_F(RunFilesTest, AreAnErrorWhereTheFolderIsMissing) {
  EXPECT_THROW(WriteRun(folder_ / "absent", record_, "", {}), Error);
  EXPECT_THROW(WriteRunEarly(folder_ / "absent", record_, ""), Error);
}

}  // namespace
}  // namespace ablate

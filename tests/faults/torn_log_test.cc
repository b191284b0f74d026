// records.jsonl, cut at every byte of its last line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/run/store.h"
#include "tests/cli/driver.h"
#include "tests/runner/small_suite.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;
using testing::Driver;
using testing::ReadAll;

class TornLogTest : public ::testing::Test {
 protected:
  TornLogTest() {
    EXPECT_EQ(driver_.Run({driver_.suite().string(), "--no-report"}).exit_code, 0);
    whole_ = ReadAll(log_);
    last_line_ = whole_.rfind('\n', whole_.size() - 2) + 1;
  }
  void CutAt(size_t bytes) const { testing::WriteAll(log_, whole_.substr(0, bytes)); }

  Driver driver_;
  const fs::path log_ = driver_.results() / "records.jsonl";
  std::string whole_;
  size_t last_line_ = 0;  // where it begins
};

TEST_F(TornLogTest, LosesAtMostTheRunWhoseLineIsTorn) {
  const Record appended = ReadRecordLog(driver_.results()).records.back();
  const std::string line = whole_.substr(last_line_);
  for (size_t bytes = last_line_; bytes <= whole_.size(); ++bytes) {
    CutAt(bytes);
    const bool is_whole = bytes + 1 >= whole_.size();  // but for its line break
    ResultStore store = ResultStore::Open(driver_.results());
    ASSERT_EQ(store.records().size(), is_whole ? 4u : 3u) << bytes;
    ASSERT_EQ(store.warnings().size(), is_whole || bytes == last_line_ ? 0u : 1u) << bytes;
    if (is_whole) {
      ASSERT_EQ(ReadAll(log_), whole_) << bytes;
    } else if (bytes % 16 == 0) {  // each append waits for the disk
      store.Append(appended);
      ASSERT_EQ(ReadAll(log_), whole_.substr(0, last_line_) + line) << bytes;
    }
  }
}

TEST_F(TornLogTest, TheDriverRepeatsThatRunAlone) {
  size_t starts = driver_.Starts();
  for (const size_t cut :
       {size_t{0}, size_t{1}, (whole_.size() - last_line_) / 2, whole_.size() - last_line_ - 2}) {
    CutAt(last_line_ + cut);
    EXPECT_EQ(driver_.Run({driver_.suite().string(), "--no-report"}).exit_code, 0);
    EXPECT_EQ(driver_.Starts(), ++starts);
    EXPECT_EQ(driver_.Records().size(), 4u);
  }
}

}  // namespace
}  // namespace ablate

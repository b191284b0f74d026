// A disk that is full at each write in turn: the driver says so and stops, and once there is room
// it goes on. A small tmpfs where one may be mounted; a limit on the size of files everywhere.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "harness/run/store.h"
#include "tests/cli/driver.h"
#include "tests/runner/small_suite.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;
using testing::Driver;
using ::testing::HasSubstr;
using testing::ProcessResult;

// Mounts a tmpfs of 256 KiB on $1, in a mount namespace of its own. For rooms from 0 to 112 KiB:
// fills all but that, starts the driver, makes room, starts it again. Prints a line each:
// "<room> <exit code> <exit code once there is room> <records> <first line of what it said>".
constexpr const char* kFillAgainAndAgain = R"sh(
disk=$1; shift
mount -t tmpfs -o size=256k none "$disk" || exit 77
for room in $(seq 0 4 40; seq 48 16 112); do
  mkdir "$disk/r"
  head -c $(( (256 - room) * 1024 )) /dev/zero >"$disk/filler" 2>/dev/null
  "$@" --results "$disk/r" >/dev/null 2>"$said"; full=$?
  rm "$disk/filler"
  "$@" --results "$disk/r" >/dev/null 2>&1
  echo "$room $full $? $(wc -l <"$disk/r/records.jsonl") $(grep -m1 ^ablate: "$said")"
  rm -r "$disk/r"
done
)sh";

class FullDiskTest : public ::testing::Test {
 protected:
  // The corpus is encoded, so that only results are written.
  FullDiskTest() {
    const fs::path elsewhere = driver_.project() / "first";
    EXPECT_EQ(Run({"--results", elsewhere.string()}).exit_code, 0);
  }
  ProcessResult Run(std::vector<std::string> more, const std::vector<std::string>& prefix = {}) {
    more.insert(more.begin(), {driver_.suite().string(), "--no-report"});
    return driver_.Run(more, prefix);
  }
  // All of them there, and final.
  void ExpectComplete() {
    const RecordLog log = ReadRecordLog(driver_.results());
    ASSERT_EQ(log.records.size(), 4u);
    for (const Record& record : log.records) EXPECT_EQ(record.status, Status::kReached);
  }
  Driver driver_;
};

TEST_F(FullDiskTest, StopsWithAReasonAndGoesOnOnceThereIsRoom) {
  const fs::path disk = driver_.project() / "disk";
  fs::create_directories(disk);
  const fs::path said = driver_.project() / "said";
  const ProcessResult result =
      Run({}, {"env", "said=" + said.string(), "unshare", "--user", "--map-root-user", "--mount",
               "sh", "-c", kFillAgainAndAgain, "sh", disk.string()});
  if (result.exit_code == 77 || result.err.find("unshare:") != std::string::npos) {
    GTEST_SKIP() << "no tmpfs may be mounted here: " << result.err;
  }
  std::istringstream lines(result.out);
  size_t stopped = 0, finished = 0;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    int room = 0, full = 0, later = 0, records = 0;
    words >> room >> full >> later >> records;
    // 2: a worker that could not write its results.
    EXPECT_TRUE(full == 3 || full == 2 || full == 0) << line;
    EXPECT_EQ(later, 0) << line;
    EXPECT_GE(records, 4) << line;
    if (full == 3) {
      EXPECT_THAT(line, HasSubstr("No space left on device"));
    }
    stopped += full == 3 ? 1 : 0;
    finished += full == 0 ? 1 : 0;
  }
  EXPECT_GT(stopped, 5u) << result.out << result.err;
  EXPECT_GT(finished, 0u) << result.out << result.err;
}

TEST_F(FullDiskTest, TakesALimitOnFilesLikeAFullDisk) {
  int stopped = 0;
  for (const int blocks : {0, 1, 2, 3, 4, 6, 8, 12}) {  // of 512 bytes
    fs::remove_all(driver_.results());
    const std::string limit = "ulimit -f " + std::to_string(blocks) + "; exec \"$@\"";
    const ProcessResult limited = Run({}, {"sh", "-c", limit, "sh"});
    EXPECT_TRUE(limited.exit_code == 3 || limited.exit_code == 2 || limited.exit_code == 0)
        << blocks << ": " << limited.exit_code << limited.err;
    stopped += limited.exit_code == 3 ? 1 : 0;
    EXPECT_EQ(Run({}).exit_code, 0) << blocks;
    ExpectComplete();
  }
  EXPECT_GT(stopped, 1);
}

TEST_F(FullDiskTest, KeepsTheLogWholeWhereARecordDoesNotFit) {
  EXPECT_EQ(Run({}).exit_code, 0);
  const std::string before = testing::ReadAll(driver_.results() / "records.jsonl");
  driver_.WriteSuite(testing::SmallSuiteText(R"("seeds": [1, 2])"));
  // The next record ends beyond the limit, a worker's files don't.
  const std::string blocks = std::to_string(before.size() / 512 + 1);
  const ProcessResult limited =
      Run({}, {"sh", "-c", "ulimit -f " + blocks + "; exec \"$@\"", "sh"});
  EXPECT_EQ(limited.exit_code, 3) << limited.out;
  EXPECT_THAT(limited.err, HasSubstr("records.jsonl"));
  EXPECT_THAT(limited.err, HasSubstr("make room, and the same command goes on from here"));
  EXPECT_EQ(testing::ReadAll(driver_.results() / "records.jsonl"), before);
  // The run that did finish is not run again.
  const size_t starts = driver_.Starts();
  EXPECT_EQ(Run({}).exit_code, 0);
  EXPECT_EQ(driver_.Starts(), starts + 3);
  EXPECT_EQ(driver_.Records().size(), 8u);
}

}  // namespace
}  // namespace ablate

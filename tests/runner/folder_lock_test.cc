// Two drivers and one folder, which one of them moves aside.
#include "harness/run/folder_lock.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <utility>

#include "harness/run/store.h"
#include "model/error.h"
#include "tests/runner/small_suite.h"
#include "tests/support/process.h"

namespace {
std::function<void()> before_lock;  // once
}

// Takes the place of the C library's, so that something can happen between opening and locking.
extern "C" int LockFile(int file, int operation) __asm__("flock");
extern "C" int LockFile(int file, int operation) {
  if (const auto action = std::exchange(before_lock, nullptr)) action();
  return static_cast<int>(syscall(SYS_flock, file, operation));
}

namespace ablate {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

std::string Message(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

class FolderLockTest : public ::testing::Test {
 protected:
  // What a driver with --fresh does, whose own lock has gone with the old folder.
  void MoveAsideAndLock() {
    fs::rename(folder_, aside_);
    others_ = LockFolder(folder_);
  }
  const fs::path root_ = testing::TemporaryFolder();
  const fs::path folder_ = root_ / "small";
  const fs::path aside_ = root_ / "small.old";
  FileDescriptor others_;
};

TEST_F(FolderLockTest, IsNotThatOfAFolderThatWasMovedAsideMeanwhile) {
  { LockFolder(folder_); }
  before_lock = [this] { MoveAsideAndLock(); };
  EXPECT_THAT(Message([&] { LockFolder(folder_); }), HasSubstr("another ablate"));
}

TEST_F(FolderLockTest, OfAReaderIsNotThatOfAFolderThatWasMovedAsideMeanwhile) {
  { LockFolder(folder_); }
  before_lock = [this] { MoveAsideAndLock(); };
  EXPECT_THAT(Message([&] { LockFolderForReading(folder_); }), HasSubstr("another ablate"));
}

TEST_F(FolderLockTest, IsThatOfAFolderThatHadToBeMadeAgain) {
  { LockFolder(folder_); }
  before_lock = [this] { fs::rename(folder_, aside_); };
  const FileDescriptor lock = LockFolder(folder_);
  EXPECT_GE(lock.get(), 0);
  EXPECT_THAT(Message([&] { LockFolder(folder_); }), HasSubstr("another ablate"));
}

TEST_F(FolderLockTest, TellsWhereTheEarlierResultsAreThoughAnotherDriverCameFirst) {
  testing::WriteAll((fs::create_directories(folder_), folder_ / "records.jsonl"), "");
  testing::WriteAll(folder_ / "suite.json", "{}");
  // The second lock is that of the new folder.
  before_lock = [this] { before_lock = [this] { others_ = LockFolder(folder_); }; };
  const std::string message = Message([&] { ResultStore::Open(folder_, /*fresh=*/true); });
  EXPECT_THAT(message, HasSubstr("another ablate"));
  EXPECT_THAT(message, HasSubstr("The earlier results are now in '" + folder_.string() + ".old-"));
}

// Opens `results` anew again and again; exits with 1 where another driver was there too.
[[noreturn]] void StartAgainAndAgain(const fs::path& results, const fs::path& inside) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point end = Clock::now() + std::chrono::seconds(2);
  int opened = 0;
  while (Clock::now() < end) {
    try {
      const ResultStore store = ResultStore::Open(results, /*fresh=*/true);
      const int alone = open(inside.c_str(), O_CREAT | O_EXCL | O_WRONLY, 0600);
      if (alone < 0) _exit(1);
      close(alone);
      usleep(100);
      unlink(inside.c_str());
      ++opened;
    } catch (const std::exception&) {
      // Another holds it, or has just moved it.
    }
  }
  _exit(opened > 0 ? 0 : 2);
}

TEST_F(FolderLockTest, LetsOneOfManyDriversInAtATime) {
  std::vector<pid_t> drivers;
  for (int i = 0; i < 4; ++i) {
    drivers.push_back(fork());
    if (drivers.back() == 0) StartAgainAndAgain(folder_, root_ / "inside");
  }
  for (const pid_t driver : drivers) {
    int status = 0;
    waitpid(driver, &status, 0);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_NE(WEXITSTATUS(status), 1) << "two were in it";
  }
}

}  // namespace
}  // namespace ablate

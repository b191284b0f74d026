#include "model/data/atomic_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <vector>

#include "model/error.h"
#include "tests/support/process.h"

namespace {
std::vector<std::string> synced;  // in this order
}

// Takes the place of the C library's, and tells what was brought to disk.
extern "C" int fsync(int file) {
  std::string path(4096, '\0');
  const std::string link = "/proc/self/fd/" + std::to_string(file);
  path.resize(std::max<ssize_t>(0, readlink(link.c_str(), path.data(), path.size())));
  synced.push_back(path);
  return static_cast<int>(syscall(SYS_fsync, file));
}

namespace ablate {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class AtomicFileTest : public ::testing::Test {
 protected:
  AtomicFileTest() { synced.clear(); }
  std::string Text() const {
    std::ostringstream text;
    text << std::ifstream(file_).rdbuf();
    return text.str();
  }
  const fs::path folder_ = fs::canonical(testing::TemporaryFolder());
  const fs::path file_ = folder_ / "file";
};

TEST_F(AtomicFileTest, IsOnDiskWithItsName) {
  WriteByRename(file_, "first");
  WriteByRename(file_, "second");
  EXPECT_EQ(Text(), "second");
  const std::string temporary = file_.string() + "." + std::to_string(getpid()) + ".tmp";
  EXPECT_THAT(synced, ElementsAre(temporary, folder_.string(), temporary, folder_.string()));
}

TEST_F(AtomicFileTest, WaitsForNoDiskWhereItCanBeMadeAnew) {
  WriteByRename(file_, [](std::ostream& stream) { stream << "text"; });
  EXPECT_EQ(Text(), "text");
  EXPECT_THAT(synced, IsEmpty());
}

TEST_F(AtomicFileTest, LeavesNothingBehindWhereItCannotBeWritten) {
  fs::create_directories(file_ / "in the way");
  EXPECT_THROW(WriteByRename(file_, "text"), Error);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
  EXPECT_THROW(WriteByRename(folder_ / "absent" / "file", "text"), Error);
}

TEST_F(AtomicFileTest, SyncsOnlyFolders) {
  EXPECT_TRUE(SyncFolder(folder_));
  EXPECT_TRUE(SyncFolder(""));
  EXPECT_FALSE(SyncFolder(folder_ / "absent"));
}

}  // namespace
}  // namespace ablate

#include "harness/run/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "harness/run/store.h"
#include "model/error.h"
#include "tests/runner/small_suite.h"
#include "tests/support/process.h"

namespace {

std::vector<std::string> synced;  // in this order

void Remember(int file) {
  std::string path(4096, '\0');
  const std::string link = "/proc/self/fd/" + std::to_string(file);
  path.resize(std::max<ssize_t>(0, readlink(link.c_str(), path.data(), path.size())));
  synced.push_back(path);
}

}  // namespace

// They take the place of the C library's, and tell what was brought to disk.
extern "C" int fsync(int file) {
  Remember(file);
  return static_cast<int>(syscall(SYS_fsync, file));
}
extern "C" int fdatasync(int file) {
  Remember(file);
  return static_cast<int>(syscall(SYS_fdatasync, file));
}

namespace ablate {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;

class FilesTest : public ::testing::Test {
 protected:
  FilesTest() { synced.clear(); }
  const fs::path folder_ = fs::canonical(testing::TemporaryFolder());
};

TEST_F(FilesTest, ReadsAllOfAFileOrNothing) {
  testing::WriteAll(folder_ / "file", std::string(200000, 'x') + '\0' + "y");
  EXPECT_EQ(ReadText(folder_ / "file"), std::string(200000, 'x') + '\0' + "y");
  EXPECT_FALSE(ReadText(folder_ / "absent"));
  EXPECT_FALSE(ReadText(folder_));  // which can be opened, but not read
}

TEST_F(FilesTest, WritesTheFileThenItsNameToDisk) {
  WriteTextByRename(folder_ / "file", "text");
  EXPECT_EQ(testing::ReadAll(folder_ / "file"), "text");
  EXPECT_THAT(synced, ElementsAre((folder_ / "file.part").string(), folder_.string()));
  synced.clear();
  WriteTextByRename(folder_ / "file", "to be made anew", /*synced=*/false);
  EXPECT_EQ(testing::ReadAll(folder_ / "file"), "to be made anew");
  EXPECT_THAT(synced, IsEmpty());
}

TEST_F(FilesTest, MakesFoldersThatAPowerCutLeaves) {
  MakeFolder(folder_ / "a" / "b");
  MakeFolder(folder_ / "a" / "b" / "");
  MakeFolder(folder_);
  EXPECT_TRUE(fs::is_directory(folder_ / "a" / "b"));
  EXPECT_THAT(synced, ElementsAre(folder_.string(), (folder_ / "a").string()));
  testing::WriteAll(folder_ / "file", "");
  EXPECT_THROW(MakeFolder(folder_ / "file" / "c"), Error);
}

TEST_F(FilesTest, OfAStoreAreAllOnDiskOnceARunIsRecorded) {
  const fs::path results = folder_ / "results" / "small";
  ResultStore store = ResultStore::Open(results);
  store.FreshRunFolder("abc-s1");
  Record record;
  record.run_id = "abc-s1";
  store.Append(record);
  const fs::path runs = results / "runs";
  EXPECT_THAT(synced, IsSupersetOf({folder_.string(), (folder_ / "results").string(),
                                    results.string(), runs.string()}));
  EXPECT_EQ(synced.back(), (results / "records.jsonl").string());
  synced.clear();
  store.FreshRunFolder("def-s1");
  EXPECT_THAT(synced, Contains(runs.string()));
}

}  // namespace
}  // namespace ablate

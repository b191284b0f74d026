#include "model/data/archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "model/error.h"
#include "tests/data/corpus_files.h"

namespace ablate {
namespace {

using ::testing::HasSubstr;

TEST(ArchiveTest, ReadsEntriesWholeUpToALimit) {
  const std::string text(100000, 'x');
  const std::string zip = testing::Zip({{"a", text}, {"b", "two"}});
  std::string name;
  Archive archive = Archive::OpenMemory(zip, "a.zip");
  ASSERT_TRUE(archive.NextEntry(name));
  EXPECT_EQ(archive.ReadAll(text.size()), text);
  ASSERT_TRUE(archive.NextEntry(name));
  EXPECT_EQ(name, "b");
  EXPECT_EQ(archive.ReadAll(), "two");

  Archive again = Archive::OpenMemory(zip, "a.zip");
  ASSERT_TRUE(again.NextEntry(name));
  EXPECT_THAT(testing::MessageOf([&] { again.ReadAll(text.size() - 1); }),
              HasSubstr("a.zip unpacks to more than 99999 bytes"));
}

TEST(ArchiveTest, RefusesFormatsThatNoCorpusComesIn) {
  const std::string cpio = "070707000000000000000000000000000000000001000000000000000000000130";
  EXPECT_THROW(Archive::OpenMemory(cpio + std::string(512, '0'), "a.cpio"), Error);
}

}  // namespace
}  // namespace ablate

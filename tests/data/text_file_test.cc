#include "model/data/text_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "model/data/pair_intake.h"
#include "tests/data/corpus_files.h"
#include "tests/support/process.h"

namespace ablate {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::MessageOf;

std::filesystem::path FileWith(const std::string& content) {
  const std::filesystem::path path = std::filesystem::path(testing::TemporaryFolder()) / "file";
  testing::WriteFile(path, content);
  return path;
}

std::vector<std::string> ReadLines(const std::filesystem::path& path) {
  TextFile file(path);
  std::vector<std::string> lines;
  TextFile::Line line;
  while (file.Next(line)) lines.push_back(line.too_long ? "<too long>" : line.text);
  return lines;
}

std::string ManyLines() {
  std::string text;
  for (int i = 0; i < 100000; ++i) text += "line " + std::to_string(i) + "\n";
  return text;
}

TEST(TextFileTest, EndsLinesAtLineFeedsWithOrWithoutCarriageReturn) {
  EXPECT_THAT(ReadLines(FileWith("a\nb\r\n\nc")), ElementsAre("a", "b", "", "c"));
  EXPECT_THAT(ReadLines(FileWith("a\n")), ElementsAre("a"));
  EXPECT_THAT(ReadLines(FileWith("\n")), ElementsAre(""));
}

TEST(TextFileTest, LeavesOutAByteOrderMarkAtTheStartOnly) {
  EXPECT_THAT(ReadLines(FileWith("\xEF\xBB\xBF"
                                 "a\n\xEF\xBB\xBF"
                                 "b")),
              ElementsAre("a",
                          "\xEF\xBB\xBF"
                          "b"));
}

TEST(TextFileTest, ReadsGzipAsItReadsPlainText) {
  const std::string text = ManyLines();
  EXPECT_EQ(ReadLines(FileWith(testing::Gzip(text))), ReadLines(FileWith(text)));
  EXPECT_EQ(ReadLines(FileWith(text)).size(), 100000u);
}

TEST(TextFileTest, SkipsLinesBeyondTheLimitAndGoesOn) {
  const std::string megabyte(1 << 20, 'x');
  const std::string longest(kMaxLineBytes, 'y');
  EXPECT_THAT(ReadLines(FileWith("a\n" + megabyte + "\nb\n" + longest + "\r\n" + longest + "z\n" +
                                 megabyte)),
              ElementsAre("a", "<too long>", "b", longest, "<too long>", "<too long>"));
}

TEST(TextFileTest, RefusesAGzipFileTornAnywhere) {
  const std::string whole = testing::Gzip(ManyLines());
  for (const size_t size : {size_t{3}, size_t{9}, size_t{11}, whole.size() / 2, whole.size() - 9}) {
    const std::filesystem::path path = FileWith(whole.substr(0, size));
    EXPECT_THAT(MessageOf([&] { ReadLines(path); }),
                AllOf(HasSubstr(path.string()), HasSubstr("torn")))
        << size;
  }
}

TEST(TextFileTest, RefusesWhatIsNoFileWithLines) {
  const std::filesystem::path folder = testing::TemporaryFolder();
  EXPECT_THAT(MessageOf([&] { TextFile file(folder); }), HasSubstr("is a folder"));
  EXPECT_THAT(MessageOf([&] { TextFile file(folder / "absent"); }),
              AllOf(HasSubstr("absent"), HasSubstr("No such file")));
  EXPECT_THAT(MessageOf([&] { TextFile file(FileWith("")); }), HasSubstr("is empty"));
  EXPECT_THAT(MessageOf([&] { TextFile file(FileWith(testing::Gzip(""))); }),
              HasSubstr("is empty"));
}

TEST(TextFileTest, NumbersItsLines) {
  TextFile file(FileWith("a\nb\n"));
  TextFile::Line line;
  file.Next(line);
  file.Next(line);
  EXPECT_EQ(file.line_number(), 2);
  EXPECT_EQ(file.where(), file.name() + ":2");
}

}  // namespace
}  // namespace ablate

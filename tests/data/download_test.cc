#include "model/data/download.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/data/sha256.h"
#include "model/error.h"
#include "tests/data/corpus_files.h"
#include "tests/data/corpus_server.h"
#include "tests/support/process.h"

namespace ablate {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::MessageOf;
using testing::ReadFile;

std::string Content(char last = 'z') {
  std::string content;
  for (int i = 0; i < 100000; ++i) content += std::to_string(i);
  return content + last;
}

class DownloadTest : public ::testing::Test {
 protected:
  void SetUp() override { server_.Serve("file", content_); }

  void Get(const std::string& manner, int attempts = 3, const std::string& name = "file") const {
    DownloadOptions options;
    options.attempts = attempts;
    options.retry_delay = std::chrono::milliseconds(1);
    options.stall_timeout = std::chrono::seconds(1);
    Download(server_.Url(manner, name), path_, options);
  }

  void ExpectComplete() const {
    EXPECT_EQ(ReadFile(path_), content_);
    EXPECT_FALSE(std::filesystem::exists(path_.string() + ".part"));
    EXPECT_FALSE(std::filesystem::exists(path_.string() + ".part.json"));
  }

  std::string Rest(size_t from) const { return " bytes=" + std::to_string(from) + "- "; }

  testing::CorpusServer server_;
  std::string content_ = Content();
  size_t half_ = content_.size() / 2;
  std::filesystem::path path_ = std::filesystem::path(testing::TemporaryFolder()) / "file";
};

TEST_F(DownloadTest, WritesTheWholeFile) {
  Get("plain");
  ExpectComplete();
  EXPECT_THAT(server_.Requests(), ElementsAre("/plain/file - 200"));
}

TEST_F(DownloadTest, WritesAnEmptyFile) {
  content_.clear();
  server_.Serve("file", content_);
  Get("plain");
  ExpectComplete();
}

TEST_F(DownloadTest, FollowsRedirects) {
  Get("redirect");
  ExpectComplete();
}

TEST_F(DownloadTest, NeedsNoLength) {
  Get("unsized");
  ExpectComplete();
}

TEST_F(DownloadTest, GoesOnWhereAConnectionBrokeOff) {
  Get("torn");
  ExpectComplete();
  EXPECT_THAT(server_.Requests(),
              ElementsAre("/torn/file - 200", "/torn/file" + Rest(half_) + "206"));
}

TEST_F(DownloadTest, GoesOnInALaterCall) {
  EXPECT_THROW(Get("torn", 1), Error);
  EXPECT_FALSE(std::filesystem::exists(path_));
  EXPECT_EQ(ReadFile(path_.string() + ".part"), content_.substr(0, half_));
  Get("torn", 1);
  ExpectComplete();
}

TEST_F(DownloadTest, GoesOnAfterAStall) {
  // Few bytes, since libcurl judges the mean rate of some seconds.
  server_.Serve("file", content_ = "abcd");
  Get("stalled");
  ExpectComplete();
}

TEST_F(DownloadTest, StartsOverWhereTheFileHasChanged) {
  EXPECT_THROW(Get("torn", 1), Error);
  server_.Serve("file", content_ = Content('!'));
  Get("torn", 1);
  ExpectComplete();
  EXPECT_THAT(server_.Requests().back(), HasSubstr("200"));
}

TEST_F(DownloadTest, DoesNotMixTwoVersionsWhereTheServerIgnoresIfRange) {
  EXPECT_THROW(Get("stubborn", 1, "absent"), Error);
  testing::WriteFile(path_.string() + ".part", content_.substr(0, half_));
  testing::WriteFile(path_.string() + ".part.json",
                     R"({"url": ")" + server_.Url("stubborn", "file") +
                         R"(", "etag": "\"old\"", "last_modified": "", "bytes": )" +
                         std::to_string(content_.size()) + "}");
  Get("stubborn");
  ExpectComplete();
  EXPECT_THAT(server_.Requests(),
              ElementsAre("/stubborn/absent - 404", "/stubborn/file" + Rest(half_) + "206",
                          "/stubborn/file - 200"));
}

TEST_F(DownloadTest, StartsOverWhereTheServerIgnoresRanges) {
  EXPECT_THROW(Get("torn", 1), Error);
  const std::string part = ReadFile(path_.string() + ".part.json");
  std::string elsewhere = part;
  elsewhere.replace(part.find("/torn/"), 6, "/no_ranges/");
  testing::WriteFile(path_.string() + ".part.json", elsewhere);
  Get("no_ranges");
  ExpectComplete();
  EXPECT_EQ(server_.Requests().back(), "/no_ranges/file" + Rest(half_) + "200");
}

TEST_F(DownloadTest, DoesNotGoOnWithAPartOfAnotherUrl) {
  EXPECT_THROW(Get("torn", 1), Error);
  Get("plain");
  ExpectComplete();
  EXPECT_EQ(server_.Requests().back(), "/plain/file - 200");
}

TEST_F(DownloadTest, TakesAPartThatIsTheWholeFile) {
  EXPECT_THROW(Get("torn", 1), Error);
  testing::WriteFile(path_.string() + ".part", content_);
  Get("torn", 1);
  ExpectComplete();
  EXPECT_THAT(server_.Requests().back(), HasSubstr("416"));
}

TEST_F(DownloadTest, StartsOverWhereThePartIsLongerThanTheFile) {
  EXPECT_THROW(Get("torn", 1), Error);
  testing::WriteFile(path_.string() + ".part", content_ + "more");
  Get("torn");
  ExpectComplete();
}

TEST_F(DownloadTest, StartsOverWhereTheNotesOnAPartAreDamaged) {
  for (const char* notes : {"", "{", "[1]", R"({"url": 3})"}) {
    testing::WriteFile(path_.string() + ".part", "rubbish");
    testing::WriteFile(path_.string() + ".part.json", notes);
    Get("plain");
    ExpectComplete();
  }
}

TEST_F(DownloadTest, RetriesWhileAServerIsBusy) {
  Get("busy");
  ExpectComplete();
}

TEST_F(DownloadTest, GivesUpAfterItsAttempts) {
  EXPECT_THAT(MessageOf([&] { Get("busy", 2); }),
              AllOf(HasSubstr(server_.Url("busy", "file")), HasSubstr("503"),
                    HasSubstr("2 attempts"), HasSubstr("--from")));
}

TEST_F(DownloadTest, DoesNotRetryWhatIsNotThere) {
  EXPECT_THAT(MessageOf([&] { Get("plain", 3, "absent"); }),
              AllOf(HasSubstr(server_.Url("plain", "absent")), HasSubstr("404")));
  EXPECT_EQ(server_.Requests().size(), 1u);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(DownloadTest, SaysThatNothingAnswers) {
  DownloadOptions options;
  options.attempts = 1;
  EXPECT_THAT(MessageOf([&] { Download("http://127.0.0.1:1/file", path_, options); }),
              HasSubstr("127.0.0.1:1"));
}

TEST_F(DownloadTest, SaysThatItCannotWrite) {
  path_ = path_.parent_path() / "absent" / "file";
  EXPECT_THAT(MessageOf([&] { Get("plain"); }), HasSubstr("cannot write"));
}

TEST_F(DownloadTest, ReportsProgressUpToTheFullSize) {
  DownloadOptions options;
  int64_t last = 0;
  options.progress = [&](int64_t bytes, int64_t total) {
    EXPECT_GE(bytes, last);
    EXPECT_EQ(total, static_cast<int64_t>(content_.size()));
    last = bytes;
  };
  Download(server_.Url("plain", "file"), path_, options);
  EXPECT_EQ(last, static_cast<int64_t>(content_.size()));
}

TEST_F(DownloadTest, LetsAnExceptionOfProgressThrough) {
  DownloadOptions options;
  options.progress = [](int64_t, int64_t) { throw std::runtime_error("interrupted"); };
  EXPECT_THROW(Download(server_.Url("plain", "file"), path_, options), std::runtime_error);
}

}  // namespace
}  // namespace ablate

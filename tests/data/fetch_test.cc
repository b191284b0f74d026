#include "model/data/fetch.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include "model/data/corpus.h"
#include "model/data/sha256.h"
#include "model/error.h"
#include "tests/data/corpus_files.h"
#include "tests/data/corpus_server.h"
#include "tests/support/process.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::MessageOf;

std::string MosesZip(const std::string& english, const std::string& french) {
  return testing::Zip(
      {{"README", "none"}, {"Books.en-fr.en", english}, {"Books.en-fr.fr", french}});
}

CorpusSpec Named(const std::string& name) {
  CorpusSpec spec;
  spec.name = name;
  return spec;
}

class FetchTest : public ::testing::Test {
 protected:
  void Fetch(const std::string& from, bool accept_changed = false) const {
    FetchCorpus("opus_books", cache_, {.from = from, .accept_changed = accept_changed});
  }
  Corpus Load() const { return LoadCorpus(Named("opus_books"), cache_, "/"); }
  fs::path Zip() const { return cache_ / "corpora/opus_books/en-fr.txt.zip"; }

  const fs::path cache_ = testing::TemporaryFolder();
  const fs::path mirror_ = testing::TemporaryFolder();
  const std::string zip_ = MosesZip("One\nTwo\nThree\n", "Un\nDeux\nTrois\n");
  const std::string other_zip_ = MosesZip("One\nTwo\n", "Un\nDeux\n");
};

TEST_F(FetchTest, DownloadsAFileByItsUrlOrByThatOfItsFolder) {
  const testing::CorpusServer server;
  server.Serve("en-fr.txt.zip", zip_);
  Fetch(server.Url("torn", "en-fr.txt.zip"));
  const Corpus corpus = Load();
  EXPECT_EQ(corpus.counts.train + corpus.counts.valid, 3);
  EXPECT_EQ(corpus.sha256, Sha256Hex(zip_));
  Fetch(server.Url("plain"));
  EXPECT_EQ(server.Requests().back(), "/plain/en-fr.txt.zip - 200");
}

TEST_F(FetchTest, CopiesAFileOrFromAFolder) {
  testing::WriteFile(mirror_ / "en-fr.txt.zip", zip_);
  testing::WriteFile(mirror_ / "other name.zip", zip_);
  Fetch(mirror_);
  EXPECT_EQ(Load().counts.read, 3);
  Fetch(mirror_ / "other name.zip");
  EXPECT_EQ(Load().counts.read, 3);
}

TEST_F(FetchTest, RecordsHashSizeAndSource) {
  testing::WriteFile(mirror_ / "a.zip", zip_);
  Fetch(mirror_ / "a.zip");
  EXPECT_THAT(testing::ReadFile(cache_ / "corpora/opus_books/manifest.json"),
              AllOf(HasSubstr(Sha256Hex(zip_)), HasSubstr(std::to_string(zip_.size())),
                    HasSubstr((mirror_ / "a.zip").string())));
  EXPECT_FALSE(fs::exists(cache_ / "corpora/opus_books/incoming"));
}

TEST_F(FetchTest, ReportsProgressByFile) {
  testing::WriteFile(mirror_ / "en-fr.txt.zip", zip_);
  std::string seen;
  FetchOptions options;
  options.from = mirror_;
  options.progress = [&](const std::string& file, int64_t bytes, int64_t total) {
    seen += file + " " + std::to_string(bytes) + "/" + std::to_string(total);
  };
  FetchCorpus("opus_books", cache_, options);
  const std::string size = std::to_string(zip_.size());
  EXPECT_EQ(seen, "en-fr.txt.zip " + size + "/" + size);
}

TEST_F(FetchTest, RefusesALaterFetchThatDiffersAndKeepsWhatWasThere) {
  testing::WriteFile(mirror_ / "a.zip", zip_);
  testing::WriteFile(mirror_ / "b.zip", other_zip_);
  Fetch(mirror_ / "a.zip");
  EXPECT_THAT(MessageOf([&] { Fetch(mirror_ / "b.zip"); }),
              AllOf(HasSubstr(Sha256Hex(zip_)), HasSubstr(Sha256Hex(other_zip_)),
                    HasSubstr("delete " + (cache_ / "corpora/opus_books").string())));
  EXPECT_EQ(testing::ReadFile(Zip()), zip_);
  EXPECT_EQ(Load().counts.read, 3);
}

TEST_F(FetchTest, AcceptsAChangeOnRequest) {
  testing::WriteFile(mirror_ / "a.zip", zip_);
  testing::WriteFile(mirror_ / "b.zip", other_zip_);
  Fetch(mirror_ / "a.zip");
  Fetch(mirror_ / "b.zip", /*accept_changed=*/true);
  EXPECT_EQ(Load().counts.read, 2);
}

TEST_F(FetchTest, NeedsNoNetworkForWhatIsThere) {
  testing::WriteFile(mirror_ / "a.zip", zip_);
  Fetch(mirror_ / "a.zip");
  Fetch("");
  EXPECT_EQ(Load().counts.read, 3);
}

TEST_F(FetchTest, NoticesAFileThatChangedInTheCache) {
  testing::WriteFile(mirror_ / "a.zip", zip_);
  Fetch(mirror_ / "a.zip");
  std::string damaged = zip_;
  damaged[40] ^= 1;
  const auto time = fs::last_write_time(Zip());
  testing::WriteFile(Zip(), damaged);
  fs::last_write_time(Zip(), time);
  EXPECT_THAT(MessageOf([&] { Load(); }),
              AllOf(HasSubstr(Sha256Hex(zip_)), HasSubstr(Sha256Hex(damaged))));
  Fetch(mirror_ / "a.zip");
  EXPECT_EQ(Load().counts.read, 3);
}

TEST_F(FetchTest, TreatsAMissingFileAsAnAbsentCorpus) {
  testing::WriteFile(mirror_ / "a.zip", zip_);
  Fetch(mirror_ / "a.zip");
  fs::remove(Zip());
  EXPECT_THAT(MessageOf([&] { Load(); }), HasSubstr("./ablate fetch opus_books"));
}

TEST_F(FetchTest, RefusesADamagedManifest) {
  testing::WriteFile(mirror_ / "a.zip", zip_);
  Fetch(mirror_ / "a.zip");
  for (const char* manifest : {"", "{", "[]", R"({"files": {"en-fr.txt.zip": 3}})"}) {
    testing::WriteFile(cache_ / "corpora/opus_books/manifest.json", manifest);
    EXPECT_THAT(MessageOf([&] { Load(); }),
                AllOf(HasSubstr("manifest.json is damaged"), HasSubstr("delete")));
  }
}

TEST_F(FetchTest, RefusesWhileAnotherProcessFetches) {
  testing::WriteFile(mirror_ / "a.zip", zip_);
  Fetch(mirror_ / "a.zip");
  const int lock = open((cache_ / "corpora/opus_books/lock").c_str(), O_RDWR);
  flock(lock, LOCK_EX);
  EXPECT_THAT(MessageOf([&] { Fetch(mirror_ / "a.zip"); }), HasSubstr("another process"));
  close(lock);
  Fetch(mirror_ / "a.zip");
}

TEST_F(FetchTest, RefusesSourcesThatAreNotThere) {
  EXPECT_THAT(MessageOf([&] { Fetch("/nowhere.zip"); }), HasSubstr("/nowhere.zip"));
  EXPECT_THAT(MessageOf([&] { Fetch(mirror_); }), HasSubstr("en-fr.txt.zip"));
  EXPECT_THAT(MessageOf([&] { Fetch("ftp://host/a.zip"); }), HasSubstr("ftp://host/a.zip"));
  EXPECT_THROW(FetchCorpus("phrasebook", cache_, {}), Error);
}

TEST_F(FetchTest, RefusesAZipThatIsTornOrHoldsSomethingElse) {
  for (const std::string& content :
       {std::string("no zip"), std::string(), zip_.substr(0, zip_.size() / 3),
        testing::Zip({{"Books.de-fr.de", "a"}}), MosesZip("One\n", "Un\nDeux\n")}) {
    testing::WriteFile(mirror_ / "a.zip", content);
    Fetch(mirror_ / "a.zip", /*accept_changed=*/true);
    EXPECT_THROW(Load(), Error) << content.size();
  }
}

TEST(Multi30kTest, DownloadsBothLanguages) {
  const testing::CorpusServer server;
  server.Serve("raw/train.en.gz", testing::Gzip("A dog.\nA cat.\n"));
  server.Serve("raw/train.fr.gz", testing::Gzip("Un chien.\nUn chat.\n"));
  const fs::path cache = testing::TemporaryFolder();
  FetchCorpus("multi30k", cache, {.from = server.Url("plain", "raw")});
  EXPECT_EQ(LoadCorpus(Named("multi30k"), cache, "/").counts.read, 2);
}

TEST(Multi30kTest, RefusesASingleFile) {
  const fs::path file = fs::path(testing::TemporaryFolder()) / "train.en.gz";
  testing::WriteFile(file, testing::Gzip("A dog.\n"));
  EXPECT_THAT(
      MessageOf([&] { FetchCorpus("multi30k", testing::TemporaryFolder(), {.from = file}); }),
      AllOf(HasSubstr("train.en.gz"), HasSubstr("train.fr.gz")));
}

TEST(Multi30kTest, ReadsTheRealCorpus) {
  const fs::path real = fs::path(ABLATE_SOURCE_DIR).parent_path() / "shared/corpora/multi30k";
  if (!fs::exists(real)) GTEST_SKIP() << "there is no " << real;
  const fs::path cache = testing::TemporaryFolder();
  FetchCorpus("multi30k", cache, {.from = real});
  const Corpus corpus = LoadCorpus(Named("multi30k"), cache, "/");
  EXPECT_EQ(corpus.counts.read, 29000);
  EXPECT_EQ(corpus.counts.train + corpus.counts.valid + corpus.counts.duplicate, 29000);
  EXPECT_EQ(corpus.counts.duplicate, 5);
}

}  // namespace
}  // namespace ablate

#include "model/data/corpus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/data/sha256.h"
#include "model/error.h"
#include "model/random.h"
#include "tests/data/corpus_files.h"
#include "tests/support/process.h"

namespace ablate {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::MessageOf;

int64_t Accounted(const CorpusCounts& counts) {
  return counts.train + counts.valid + counts.empty + counts.invalid_utf8 + counts.too_long_line +
         counts.unpaired + counts.untranslated + counts.duplicate + counts.too_few_words +
         counts.too_many_chars + counts.too_much_excess + counts.over_max_pairs;
}

class CorpusTest : public ::testing::Test {
 protected:
  void Write(const std::string& name, const std::string& content) const {
    testing::WriteFile(folder_ / name, content);
  }

  static CorpusSpec Lines(const std::string& source = "en", const std::string& target = "fr") {
    CorpusSpec spec;
    spec.name = "lines";
    spec.source = source;
    spec.target = target;
    return spec;
  }

  static CorpusSpec Tsv() {
    CorpusSpec spec;
    spec.name = "tsv";
    spec.path = "pairs.tsv";
    return spec;
  }

  Corpus Load(const CorpusSpec& spec) const { return LoadCorpus(spec, folder_ / "cache", folder_); }

  std::filesystem::path folder_ = testing::TemporaryFolder();
};

TEST_F(CorpusTest, CountsEveryPairOfBadInput) {
  Write("en", "\xEF\xBB\xBFOne\r\nTwo\nbad \xff\nnul " + std::string(1, '\0') + "\n\n  \n" +
                  std::string(1 << 20, 'x') +
                  "\nOne\nfour words are here\nlong enough to be excluded\nshort\nlast");
  Write("fr", "Un\nDeux\nmal\nnul\nvide\nvide\nlong\n Un \nquatre\nlong\nbien plus long\ndernier");
  CorpusSpec spec = Lines();
  spec.max_source_chars = 20;
  spec.max_target_excess_chars = 5;
  const CorpusCounts counts = Load(spec).counts;
  EXPECT_EQ(counts.read, 12);
  EXPECT_EQ(counts.invalid_utf8, 2);
  EXPECT_EQ(counts.empty, 2);
  EXPECT_EQ(counts.too_long_line, 1);
  EXPECT_EQ(counts.duplicate, 1);
  EXPECT_EQ(counts.too_many_chars, 1);
  EXPECT_EQ(counts.too_much_excess, 1);
  EXPECT_EQ(counts.train + counts.valid, 4);
  EXPECT_EQ(Accounted(counts), counts.read);
}

TEST_F(CorpusTest, AccountsForEveryPairOfAnyBytes) {
  constexpr char kBytes[] = " abcdefghijklmn\x80\r";  // and the NUL at its end
  Random random(3);
  const auto line = [&] {
    std::string text;
    for (uint64_t n = random.Below(12); n > 0; --n) text += kBytes[random.Below(sizeof(kBytes))];
    return text;
  };
  for (int trial = 0; trial < 50; ++trial) {
    std::string source = "one\ntwo\n";
    std::string target = "un\ndeu\n";
    for (int i = 0; i < 200; ++i) {
      source += line() + "\n";
      target += line() + "\n";
    }
    Write("en", source);
    Write("fr", target);
    CorpusSpec spec = Lines();
    spec.min_source_words = 1;
    spec.max_source_chars = static_cast<int64_t>(3 + random.Below(8));
    spec.max_target_excess_chars = static_cast<int64_t>(random.Below(6));
    if (trial % 2 == 0) spec.max_pairs = 20;
    const Corpus corpus = Load(spec);
    EXPECT_EQ(corpus.counts.read, 202);
    EXPECT_EQ(Accounted(corpus.counts), 202);
    EXPECT_EQ(corpus.counts.train, static_cast<int64_t>(corpus.train.size()));
    EXPECT_EQ(corpus.counts.valid, static_cast<int64_t>(corpus.valid.size()));
  }
}

TEST_F(CorpusTest, ReadsTheSamePairsFromLinesTsvAndGzip) {
  Write("en", "one\ntwo\nthree\n");
  Write("fr", "un\ndeux\ntrois\n");
  Write("en.gz", testing::Gzip("one\ntwo\nthree\n"));
  Write("fr.gz", testing::Gzip("un\ndeux\ntrois\n"));
  Write("pairs.tsv", "one\tun\ntwo\tdeux\nthree\ttrois");
  const Corpus lines = Load(Lines());
  const Corpus gzip = Load(Lines("en.gz", "fr.gz"));
  const Corpus tsv = Load(Tsv());
  EXPECT_EQ(lines.train, tsv.train);
  EXPECT_EQ(lines.valid, tsv.valid);
  EXPECT_EQ(lines.train, gzip.train);
  EXPECT_EQ(lines.train.size() + lines.valid.size(), 3u);
  EXPECT_NE(lines.sha256, gzip.sha256);
  EXPECT_EQ(tsv.sha256, Sha256Hex("one\tun\ntwo\tdeux\nthree\ttrois"));
}

TEST_F(CorpusTest, HashesWhatWasReadAndNotWhereItLies) {
  Write("en", "one\ntwo\n");
  Write("fr", "un\ndeux\n");
  Write("moved/en", "one\ntwo\n");
  Write("moved/fr", "un\ndeux\n");
  const std::string hash = Load(Lines()).sha256;
  EXPECT_EQ(hash.size(), 64u);
  EXPECT_EQ(Load(Lines("moved/en", "moved/fr")).sha256, hash);
  Write("moved/fr", "un\ndeux \n");
  EXPECT_NE(Load(Lines("moved/en", "moved/fr")).sha256, hash);
}

TEST_F(CorpusTest, TakesAbsolutePathsAsTheyAre) {
  Write("en", "one\ntwo\n");
  Write("fr", "un\ndeux\n");
  const CorpusSpec spec = Lines((folder_ / "en").string(), (folder_ / "fr").string());
  EXPECT_EQ(LoadCorpus(spec, folder_, "/nowhere").counts.read, 2);
}

TEST_F(CorpusTest, RefusesUnequalLineCountsNamingBoth) {
  Write("en", "one\ntwo\nthree\n");
  Write("fr", "un\ndeux\ntrois\nquatre\ncinq\n");
  EXPECT_THAT(MessageOf([&] { Load(Lines()); }),
              AllOf(HasSubstr((folder_ / "en").string() + " has 3 lines"),
                    HasSubstr((folder_ / "fr").string() + " has 5;")));
}

TEST_F(CorpusTest, RefusesALineWithoutATabNamingIt) {
  Write("pairs.tsv", "one\tun\ntwo deux\n");
  EXPECT_THAT(MessageOf([&] { Load(Tsv()); }),
              HasSubstr((folder_ / "pairs.tsv").string() + ":2: no tab"));
}

TEST_F(CorpusTest, RefusesALineWithTwoTabsNamingIt) {
  Write("pairs.tsv", "one\tun\n\ttwo\tdeux\n");
  EXPECT_THAT(MessageOf([&] { Load(Tsv()); }), HasSubstr("pairs.tsv:2: 2 tabs"));
}

TEST_F(CorpusTest, CountsAnOverlongLineOfATsvWithoutLookingForItsTab) {
  Write("pairs.tsv", "one\tun\n" + std::string(1 << 20, 'x') + "\ntwo\tdeux\n");
  EXPECT_EQ(Load(Tsv()).counts.too_long_line, 1);
}

TEST_F(CorpusTest, RefusesFilesThatAreAbsentEmptyFoldersOrTorn) {
  Write("en", "one\ntwo\n");
  EXPECT_THAT(MessageOf([&] { Load(Lines()); }), HasSubstr((folder_ / "fr").string()));
  Write("fr", "");
  EXPECT_THAT(MessageOf([&] { Load(Lines()); }), HasSubstr("is empty"));
  EXPECT_THAT(MessageOf([&] { Load(Lines("en", ".")); }), HasSubstr("is a folder"));
  const std::string gzip = testing::Gzip("un\ndeux\n");
  Write("fr.gz", gzip.substr(0, gzip.size() - 10));
  EXPECT_THAT(MessageOf([&] { Load(Lines("en", "fr.gz")); }), HasSubstr("torn"));
}

TEST_F(CorpusTest, SaysWhichLimitsExcludedEverything) {
  Write("en", "one\ntwo\n");
  Write("fr", "un\ndeux\n");
  CorpusSpec spec = Lines();
  spec.min_source_words = 5;
  EXPECT_THAT(MessageOf([&] { Load(spec); }), HasSubstr("2 below min_source_words"));
}

TEST_F(CorpusTest, NamesTheCommandThatFetchesAnAbsentCorpus) {
  for (const std::string name : {"libreoffice_help", "opus_books", "multi30k"}) {
    CorpusSpec spec;
    spec.name = name;
    EXPECT_THAT(MessageOf([&] { Load(spec); }), AllOf(HasSubstr("corpus '" + name + "' is not in"),
                                                      HasSubstr("./ablate fetch " + name)));
  }
}

TEST_F(CorpusTest, RefusesAnUnknownName) {
  CorpusSpec spec;
  spec.name = "europarl";
  EXPECT_THAT(MessageOf([&] { Load(spec); }),
              AllOf(HasSubstr("europarl"), HasSubstr("opus_books")));
}

TEST(DescribeTest, NamesWhatWasDroppedAndNothingElse) {
  const CorpusCounts counts = {.read = 12, .invalid_utf8 = 2, .train = 9, .valid = 1};
  EXPECT_EQ(Describe(counts), "12 read: 9 train, 1 valid, 2 not UTF-8");
}

}  // namespace
}  // namespace ablate

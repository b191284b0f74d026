#include "model/data/prepare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>

#include "model/data/encoded_corpus.h"
#include "model/data/vocabulary.h"
#include "model/error.h"
#include "tests/support/process.h"

namespace ablate {
namespace {

Corpus SmallCorpus() {
  Corpus corpus;
  corpus.train = {{"the cat sat", "le chat s'est assis"}, {"the dog", "le chien"}};
  corpus.valid = {{"only valid words here now", "seulement des mots de validation ici maintenant"}};
  corpus.counts = {.read = 4, .duplicate = 1, .train = 2, .valid = 1};
  corpus.sha256 = std::string(64, 'a');
  return corpus;
}

CorpusSpec Lines() {
  CorpusSpec spec;
  spec.name = "lines";
  return spec;
}

const VocabularySpec kWords = {.type = "word", .size = 100};

PreparedCorpus Prepare(const std::filesystem::path& cache, const Corpus& corpus = SmallCorpus()) {
  return PrepareEncodedCorpus(corpus, Lines(), kWords, cache);
}

TEST(PrepareTest, DescribesWhatItEncoded) {
  const PreparedCorpus prepared = Prepare(::ablate::testing::TemporaryFolder());
  EXPECT_EQ(prepared.counts.read, 4);
  EXPECT_EQ(prepared.corpus_sha256, std::string(64, 'a'));
  EXPECT_EQ(prepared.source_vocabulary, 8);
  EXPECT_EQ(prepared.target_vocabulary, 11);
  EXPECT_EQ(prepared.longest_source, 5 + 2);
  EXPECT_EQ(prepared.longest_target, 7 + 1);
  EXPECT_EQ(prepared.train_source_tokens, 5);
  EXPECT_EQ(prepared.train_target_tokens, 8);
  EXPECT_EQ(EncodedCorpus::Map(prepared.path).train().size(), 2);
}

TEST(PrepareTest, LearnsFromTheTrainingSplitAlone) {
  const PreparedCorpus prepared = Prepare(::ablate::testing::TemporaryFolder());
  const EncodedCorpus ids = EncodedCorpus::Map(prepared.path);
  EXPECT_THAT(ids.valid().source[0], ::testing::Each(kUnk));
}

TEST(PrepareTest, LeavesFactsAndVocabulariesBeside) {
  const PreparedCorpus prepared = Prepare(::ablate::testing::TemporaryFolder());
  const auto beside = [&](const char* extension) {
    return std::filesystem::path(prepared.path).replace_extension(extension);
  };
  std::ifstream facts_file(beside("json"));
  const auto facts = nlohmann::json::parse(facts_file);
  EXPECT_EQ(facts["counts"]["duplicate"], 1);
  EXPECT_EQ(facts["longest_target"], 8);
  EXPECT_EQ(facts["corpus_sha256"], prepared.corpus_sha256);
  std::ifstream file(beside("target.vocabulary"), std::ios::binary);
  const std::string serialised(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(ParseVocabulary(serialised)->size(), prepared.target_vocabulary);
}

TEST(PrepareTest, UsesTheCacheTheSecondTime) {
  const std::filesystem::path cache = ::ablate::testing::TemporaryFolder();
  const PreparedCorpus first = Prepare(cache);
  const auto long_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours(1);
  std::filesystem::last_write_time(first.path, long_ago);
  const PreparedCorpus second = Prepare(cache);
  EXPECT_EQ(second.path, first.path);
  EXPECT_EQ(second.longest_source, first.longest_source);
  EXPECT_EQ(std::filesystem::last_write_time(second.path), long_ago);
}

TEST(PrepareTest, WritesDamagedFileAnew) {
  const std::filesystem::path cache = ::ablate::testing::TemporaryFolder();
  const PreparedCorpus first = Prepare(cache);
  std::filesystem::resize_file(first.path, 100);
  EXPECT_EQ(EncodedCorpus::Map(Prepare(cache).path).train().size(), 2);
}

TEST(PrepareTest, LeavesNoTemporaryFiles) {
  const std::filesystem::path cache = ::ablate::testing::TemporaryFolder();
  Prepare(cache);
  for (const auto& entry : std::filesystem::directory_iterator(cache / "encoded")) {
    EXPECT_NE(entry.path().extension(), ".tmp");
  }
}

TEST(PrepareTest, RefusesEmptyTrainingSplit) {
  EXPECT_THROW(Prepare(::ablate::testing::TemporaryFolder(), Corpus()), Error);
}

std::string KeyWith(std::function<void(CorpusSpec&)> change) {
  CorpusSpec spec = Lines();
  change(spec);
  return EncodedCorpusKey(spec, "a", kWords);
}

TEST(PrepareTest, ReadsTheCorpusOfASuiteFilesFolder) {
  const std::filesystem::path base = ::ablate::testing::TemporaryFolder();
  std::ofstream english(base / "text.en");
  std::ofstream french(base / "text.fr");
  for (int i = 0; i < 50; ++i) {
    english << "sentence number " << i << "\n";
    french << "phrase numéro " << i << "\n";
  }
  english.close();
  french.close();
  CorpusSpec spec = Lines();
  spec.source = "text.en";
  spec.target = "text.fr";
  const PreparedCorpus first = PrepareEncodedCorpus(spec, kWords, base / "cache", base);
  EXPECT_EQ(first.counts.read, 50);
  EXPECT_EQ(first.counts.train + first.counts.valid, 50);
  EXPECT_EQ(EncodedCorpus::Map(first.path).valid().size(), first.counts.valid);
  EXPECT_EQ(PrepareEncodedCorpus(spec, kWords, base / "cache", base).path, first.path);
  std::ofstream(base / "text.en", std::ios::app) << "one more\n";
  std::ofstream(base / "text.fr", std::ios::app) << "une de plus\n";
  EXPECT_NE(PrepareEncodedCorpus(spec, kWords, base / "cache", base).path, first.path);
}

TEST(EncodedCorpusKeyTest, DependsOnContentAndNotOnPlace) {
  const std::string original = EncodedCorpusKey(Lines(), "a", kWords);
  EXPECT_EQ(original.size(), 64u);
  EXPECT_EQ(original, KeyWith([](CorpusSpec& spec) { spec.source = "elsewhere.en"; }));
  const std::set<std::string> keys = {
      original,
      KeyWith([](CorpusSpec& spec) { spec.max_pairs = 10; }),
      KeyWith([](CorpusSpec& spec) { spec.min_source_words = 10; }),
      KeyWith([](CorpusSpec& spec) { spec.max_source_chars = 10; }),
      KeyWith([](CorpusSpec& spec) { spec.max_target_excess_chars = 10; }),
      KeyWith([](CorpusSpec& spec) { spec.valid_fraction = 0.2; }),
      KeyWith([](CorpusSpec& spec) { spec.split_seed = 1; }),
      EncodedCorpusKey(Lines(), "b", kWords),
      EncodedCorpusKey(Lines(), "a", {.type = "bpe", .size = 100}),
      EncodedCorpusKey(Lines(), "a", {.type = "word", .size = 101}),
      EncodedCorpusKey(Lines(), "a", {.type = "word", .size = 100, .min_frequency = 2})};
  EXPECT_EQ(keys.size(), 11u);
}

}  // namespace
}  // namespace ablate

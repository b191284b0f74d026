#include "model/data/encoded_corpus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sentencepiece_processor.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "model/data/bpe_vocabulary.h"
#include "model/data/encoded_corpus_format.h"
#include "model/data/vocabulary.h"
#include "model/error.h"
#include "model/random.h"
#include "tests/support/process.h"

namespace ablate {
namespace {

using ::testing::HasSubstr;

Corpus SmallCorpus() {
  Corpus corpus;
  corpus.train = {{"the cat sat", "le chat s'est assis"},
                  {"the dog", "le chien"},
                  {"yes", "oui, « bien sûr » !"}};
  corpus.valid = {{"the cat unseen", "le chat inconnu , où ?"}, {"dog", "chien"}};
  return corpus;
}

struct Vocabularies {
  std::unique_ptr<Vocabulary> source;
  std::unique_ptr<Vocabulary> target;
};

Vocabularies Learn(const Corpus& corpus, const std::string& type) {
  std::vector<std::string_view> sources;
  std::vector<std::string_view> targets;
  for (const SentencePair& pair : corpus.train) {
    sources.push_back(pair.source);
    targets.push_back(pair.target);
  }
  const VocabularySpec spec = {.type = type, .size = 60};
  return {TrainVocabulary(spec, sources), TrainVocabulary(spec, targets)};
}

std::filesystem::path NewFile() {
  return std::filesystem::path(::ablate::testing::TemporaryFolder()) / "corpus.ids";
}

std::filesystem::path Written(const Corpus& corpus, const Vocabularies& vocabularies) {
  const auto path = NewFile();
  WriteEncodedCorpus(path, corpus, *vocabularies.source, *vocabularies.target);
  return path;
}

std::string Read(const std::filesystem::path& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

std::string MessageOfMapping(const std::string& bytes) {
  const auto path = NewFile();
  std::ofstream(path, std::ios::binary) << bytes;
  try {
    EncodedCorpus::Map(path);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

void ExpectSide(const EncodedSide& side, const std::vector<SentencePair>& pairs,
                std::string SentencePair::*text, const Vocabulary& vocabulary) {
  ASSERT_EQ(side.size(), std::ssize(pairs));
  int64_t tokens = 0;
  int64_t longest = 0;
  for (int64_t i = 0; i < side.size(); ++i) {
    const auto expected = vocabulary.Encode(pairs[i].*text);
    EXPECT_EQ(std::vector(side[i].begin(), side[i].end()), expected);
    EXPECT_EQ(side.length(i), std::ssize(expected));
    tokens += std::ssize(expected);
    longest = std::max(longest, std::ssize(expected));
  }
  EXPECT_EQ(side.tokens(), tokens);
  EXPECT_EQ(side.longest(), longest);
}

class EitherEncodedCorpusTest : public ::testing::TestWithParam<std::string> {};

TEST_P(EitherEncodedCorpusTest, GivesBackIdsAndTexts) {
  const Corpus corpus = SmallCorpus();
  const Vocabularies vocabularies = Learn(corpus, GetParam());
  const EncodedCorpus ids = EncodedCorpus::Map(Written(corpus, vocabularies));
  ExpectSide(ids.train().source, corpus.train, &SentencePair::source, *vocabularies.source);
  ExpectSide(ids.train().target, corpus.train, &SentencePair::target, *vocabularies.target);
  ExpectSide(ids.valid().source, corpus.valid, &SentencePair::source, *vocabularies.source);
  ExpectSide(ids.valid().target, corpus.valid, &SentencePair::target, *vocabularies.target);
  EXPECT_EQ(ids.source_vocabulary_size(), vocabularies.source->size());
  EXPECT_EQ(ids.target_vocabulary_size(), vocabularies.target->size());
  EXPECT_EQ(ids.target_detokenises(), GetParam() == "bpe");
  EXPECT_EQ(ids.valid_source_text(0), "the cat unseen");
  EXPECT_EQ(ids.valid_target_text(1), "chien");
}

TEST_P(EitherEncodedCorpusTest, AllowsEmptyValidationSplit) {
  Corpus corpus = SmallCorpus();
  corpus.valid.clear();
  const EncodedCorpus ids = EncodedCorpus::Map(Written(corpus, Learn(corpus, GetParam())));
  EXPECT_EQ(ids.valid().size(), 0);
  EXPECT_EQ(ids.valid().source.longest(), 0);
  EXPECT_EQ(ids.train().size(), 3);
}

TEST_P(EitherEncodedCorpusTest, IsTheSameFileEachTime) {
  const Corpus corpus = SmallCorpus();
  EXPECT_EQ(Read(Written(corpus, Learn(corpus, GetParam()))),
            Read(Written(corpus, Learn(corpus, GetParam()))));
}

TEST_P(EitherEncodedCorpusTest, StaysMappedWhenMovedAndReplaced) {
  const Corpus corpus = SmallCorpus();
  const Vocabularies vocabularies = Learn(corpus, GetParam());
  const auto path = Written(corpus, vocabularies);
  EncodedCorpus first = EncodedCorpus::Map(path);
  const EncodedCorpus moved = std::move(first);
  WriteEncodedCorpus(path, Corpus(), *vocabularies.source, *vocabularies.target);
  EXPECT_EQ(moved.valid_target_text(1), "chien");
  EXPECT_EQ(EncodedCorpus::Map(path).train().size(), 0);
}

INSTANTIATE_TEST_SUITE_P(Types, EitherEncodedCorpusTest, ::testing::Values("word", "bpe"),
                         [](const auto& type) { return type.param; });

TEST(EncodedCorpusTest, JoinsWordsByBlanksWithoutSpecials) {
  const Corpus corpus = SmallCorpus();
  const EncodedCorpus ids = EncodedCorpus::Map(Written(corpus, Learn(corpus, "word")));
  std::vector<int32_t> decoded = {kSos};
  const auto valid = ids.valid().target[0];
  decoded.insert(decoded.end(), valid.begin(), valid.end());
  decoded.insert(decoded.end(), {kEos, kPad, kPad});
  EXPECT_EQ(ids.TargetText(decoded), "le chat <unk> , <unk> <unk>");
  EXPECT_EQ(ids.TargetReference(0), "le chat inconnu , où ?");
  EXPECT_EQ(ids.TargetText(ids.train().target[0]), "le chat s ' est assis");
  EXPECT_EQ(ids.TargetText({}), "");
}

TEST(EncodedCorpusTest, DetokenisesSubwords) {
  const Corpus corpus = SmallCorpus();
  const EncodedCorpus ids = EncodedCorpus::Map(Written(corpus, Learn(corpus, "bpe")));
  for (int64_t i = 0; i < 3; ++i) {
    EXPECT_EQ(ids.TargetText(ids.train().target[i]), corpus.train[i].target);
  }
  EXPECT_EQ(ids.TargetReference(0), corpus.valid[0].target);
}

TEST(EncodedCorpusTest, DetokenisesAnyIdsAsSentencePieceDoes) {
  const Corpus corpus = SmallCorpus();
  const Vocabularies vocabularies = Learn(corpus, "bpe");
  const EncodedCorpus ids = EncodedCorpus::Map(Written(corpus, vocabularies));
  sentencepiece::SentencePieceProcessor processor;
  const std::string model = vocabularies.target->Serialise().substr(kBpeHeader.size());
  ASSERT_TRUE(processor.LoadFromSerializedProto(model).ok());
  Random random(11);
  for (int trial = 0; trial < 5000; ++trial) {
    std::vector<int> sequence(random.Below(8));
    // Small ids come often: specials, and the pieces that begin with a blank.
    for (int& id : sequence) {
      id = static_cast<int>(random.Below(random.Below(vocabularies.target->size()) + 1));
    }
    ASSERT_EQ(ids.TargetText(sequence), processor.DecodeIds(sequence));
  }
}

TEST(EncodedCorpusTest, RefusesMissingForeignAndTornFiles) {
  const Corpus corpus = SmallCorpus();
  const std::string bytes = Read(Written(corpus, Learn(corpus, "word")));
  EXPECT_EQ(MessageOfMapping(bytes), "no error");
  EXPECT_THROW(EncodedCorpus::Map(NewFile()), Error);
  EXPECT_THROW(EncodedCorpus::Map(NewFile().parent_path()), Error);
  EXPECT_THAT(MessageOfMapping(""), HasSubstr("not an encoded corpus"));
  EXPECT_THAT(MessageOfMapping(std::string(4096, 'x')), HasSubstr("not an encoded corpus"));
  EXPECT_THAT(MessageOfMapping(bytes + "12345678"), HasSubstr("torn"));
  for (size_t size = 0; size < bytes.size(); size += 61) {
    EXPECT_NE(MessageOfMapping(bytes.substr(0, size)), "no error") << size;
  }
}

TEST(EncodedCorpusTest, RefusesAnotherVersion) {
  const Corpus corpus = SmallCorpus();
  std::string bytes = Read(Written(corpus, Learn(corpus, "word")));
  bytes[offsetof(EncodedHeader, version)] = 99;
  EXPECT_THAT(MessageOfMapping(bytes), HasSubstr("version 99"));
}

TEST(EncodedCorpusTest, RefusesAnyFlippedBit) {
  const Corpus corpus = SmallCorpus();
  const std::string bytes = Read(Written(corpus, Learn(corpus, "word")));
  for (size_t at = 0; at < bytes.size(); at += 7) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << (at % 8)));
    EXPECT_NE(MessageOfMapping(damaged), "no error") << at;
  }
}

// With its checksum set right.
template <typename T>
std::string WithValue(std::string bytes, size_t at, T value) {
  std::memcpy(bytes.data() + at, &value, sizeof(value));
  bytes.resize(bytes.size() - sizeof(uint64_t));
  const uint64_t checksum = EncodedChecksum(bytes);
  return bytes.append(reinterpret_cast<const char*>(&checksum), sizeof(checksum));
}

TEST(EncodedCorpusTest, RefusesWhatWouldLeadOutOfTheFile) {
  const Corpus corpus = SmallCorpus();
  const std::string bytes = Read(Written(corpus, Learn(corpus, "word")));
  EncodedHeader header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  for (size_t section = 0; section < kEncodedSections; ++section) {
    const size_t extent = offsetof(EncodedHeader, sections) + section * sizeof(header.sections[0]);
    for (const uint64_t value : {uint64_t{1}, bytes.size() + 64, uint64_t{1} << 63}) {
      EXPECT_THAT(MessageOfMapping(WithValue(bytes, extent, value)), HasSubstr("damaged"));
      EXPECT_THAT(MessageOfMapping(WithValue(bytes, extent + 8, value)), HasSubstr("damaged"));
    }
  }
  const size_t offsets = header.sections[kTrainSourceOffsets].offset;
  EXPECT_THAT(MessageOfMapping(WithValue(bytes, offsets + 8, uint64_t{1} << 40)),
              HasSubstr("damaged"));
  const size_t ids = header.sections[kTrainTargetIds].offset;
  for (const int32_t id : {-1, static_cast<int32_t>(header.target_vocabulary_size)}) {
    EXPECT_THAT(MessageOfMapping(WithValue(bytes, ids, id)), HasSubstr("damaged"));
  }
}

TEST(EncodedCorpusTest, SaysWhereItCannotWrite) {
  const Corpus corpus = SmallCorpus();
  const Vocabularies vocabularies = Learn(corpus, "word");
  const auto path = NewFile() / "no" / "such" / "folder.ids";
  EXPECT_THROW(WriteEncodedCorpus(path, corpus, *vocabularies.source, *vocabularies.target), Error);
}

}  // namespace
}  // namespace ablate

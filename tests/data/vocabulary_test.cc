#include "model/data/vocabulary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "model/data/white_space.h"
#include "model/data/word_vocabulary.h"
#include "model/error.h"
#include "tests/support/process.h"

namespace ablate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::unique_ptr<Vocabulary> Train(const std::string& type, int64_t size,
                                  const std::vector<std::string_view>& sentences,
                                  int64_t min_frequency = 1) {
  return TrainVocabulary({.type = type, .size = size, .min_frequency = min_frequency}, sentences);
}

std::string MessageOfTraining(const std::string& type, int64_t size,
                              const std::vector<std::string_view>& sentences,
                              int64_t min_frequency = 1) {
  try {
    Train(type, size, sentences, min_frequency);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

const std::vector<std::string_view> kSentences = {
    "the cat sat on the mat", "the dog sat on the log", "a cat and a dog, a mat and a log",
    "le chat s'est assis sur le tapis : « où ? »"};

TEST(WordTokensTest, EqualPythonsRegex) {
  std::istringstream lines(::ablate::testing::RunPython("tests/data/word_tokens.py"));
  int texts = 0;
  for (std::string line; std::getline(lines, line); ++texts) {
    const auto expected = nlohmann::json::parse(line);
    const std::string text = expected["text"];
    const auto views = SplitIntoTokens(text);
    const std::vector<std::string> tokens(views.begin(), views.end());
    ASSERT_EQ(tokens, expected["tokens"].get<std::vector<std::string>>()) << text;
    const auto spaced = SplitOnWhiteSpace(text);
    const std::vector<std::string> words(spaced.begin(), spaced.end());
    ASSERT_EQ(words, expected["words"].get<std::vector<std::string>>()) << text;
  }
  EXPECT_GT(texts, 700);
}

TEST(WordTokensTest, TakeBytesThatAreNotUtf8ForPunctuation) {
  EXPECT_THAT(SplitIntoTokens("ab\xff\xfe"
                              "cd \xc3"),
              ElementsAre("ab", "\xff\xfe", "cd", "\xc3"));
  EXPECT_THAT(SplitIntoTokens(std::string_view("a\0b", 3)),
              ElementsAre("a", std::string_view("\0", 1), "b"));
}

TEST(WordVocabularyTest, PutsSpecialsFirstThenByFrequencyThenByCodePoint) {
  const auto vocabulary = Train("word", 100, {"b b a a c", "é z B"});
  EXPECT_THAT(vocabulary->pieces(),
              ElementsAre("<unk>", "<pad>", "<sos>", "<eos>", "a", "b", "B", "c", "z", "é"));
  EXPECT_EQ(vocabulary->size(), 10);
  EXPECT_FALSE(vocabulary->detokenises());
}

TEST(WordVocabularyTest, CapsSizeSpecialsIncluded) {
  EXPECT_THAT(Train("word", 6, {"b b a a c"})->pieces(),
              ElementsAre("<unk>", "<pad>", "<sos>", "<eos>", "a", "b"));
}

TEST(WordVocabularyTest, MakesRareTokensUnknown) {
  const auto vocabulary = Train("word", 100, {"a a b"}, 2);
  EXPECT_THAT(vocabulary->Encode("b a c A"), ElementsAre(kUnk, kSpecials, kUnk, kUnk));
}

TEST(WordVocabularyTest, DoesNotTakeTextForSpecials) {
  const auto vocabulary = Train("word", 100, {"a <pad> <eos>"});
  for (int32_t id : vocabulary->Encode("<pad> <eos>")) EXPECT_GE(id, kSpecials);
  EXPECT_THAT(vocabulary->Encode(" \t\n"), IsEmpty());
}

TEST(WordVocabularyTest, ReferenceIsTokensJoinedByBlanks) {
  EXPECT_EQ(Train("word", 100, {"a"})->Reference("L'été, où ?"), "L ' été , où ?");
}

TEST(WordVocabularyTest, RefusesMinFrequencyThatLeavesNothing) {
  EXPECT_THAT(MessageOfTraining("word", 100, {"a b c"}, 2), HasSubstr("min_frequency = 2"));
}

TEST(BpeVocabularyTest, PutsSpecialsFirst) {
  const auto vocabulary = Train("bpe", 60, kSentences);
  ASSERT_LE(vocabulary->size(), 60);
  const std::vector<std::string> specials(vocabulary->pieces().begin(),
                                          vocabulary->pieces().begin() + kSpecials);
  EXPECT_THAT(specials, ElementsAre("<unk>", "<pad>", "<sos>", "<eos>"));
  EXPECT_TRUE(vocabulary->detokenises());
  EXPECT_EQ(vocabulary->Reference("L'été, où ?"), "L'été, où ?");
}

TEST(BpeVocabularyTest, CoversEveryCharacterOfTrainingText) {
  const auto vocabulary = Train("bpe", 60, kSentences);
  for (std::string_view sentence : kSentences) {
    EXPECT_THAT(vocabulary->Encode(sentence), ::testing::Each(::testing::Ge(kSpecials)));
  }
  EXPECT_THAT(vocabulary->Encode("漢"), ::testing::Contains(kUnk));
  EXPECT_THAT(vocabulary->Encode(""), IsEmpty());
  vocabulary->Encode("\xff\xfe broken \xc3");  // must not throw
}

TEST(BpeVocabularyTest, GivesFewerPiecesWhereTheCorpusHasNoMore) {
  const auto vocabulary = Train("bpe", 30000, {"ab ab"});
  EXPECT_LT(vocabulary->size(), 20);
  EXPECT_THAT(vocabulary->Encode("ab"), ::testing::SizeIs(1));
}

TEST(BpeVocabularyTest, RefusesSizeBelowTheCharactersOfTheCorpus) {
  EXPECT_THAT(MessageOfTraining("bpe", 10, kSentences), HasSubstr("raise vocabulary.size"));
}

TEST(BpeVocabularyTest, SurvivesSentencesOfManyKilobytes) {
  const std::string word(60000, 'x');
  std::string expanding;
  for (int i = 0; i < 20000; ++i) expanding += "㌖";  // its normal form has six characters
  const auto vocabulary = Train("bpe", 100, {word, expanding, "a b c"});
  EXPECT_GT(vocabulary->Encode(word).size(), 0u);
  EXPECT_THAT(MessageOfTraining("bpe", 100, {word}), HasSubstr("no sentence"));
}

class EitherVocabularyTest : public ::testing::TestWithParam<std::string> {};

TEST_P(EitherVocabularyTest, IsTheSameEachTime) {
  EXPECT_EQ(Train(GetParam(), 60, kSentences)->Serialise(),
            Train(GetParam(), 60, kSentences)->Serialise());
}

TEST_P(EitherVocabularyTest, ComesBackFromItsSerialisedForm) {
  const auto vocabulary = Train(GetParam(), 60, kSentences);
  const auto parsed = ParseVocabulary(vocabulary->Serialise());
  EXPECT_EQ(parsed->pieces(), vocabulary->pieces());
  EXPECT_EQ(parsed->detokenises(), vocabulary->detokenises());
  EXPECT_EQ(parsed->Encode("a dog sat, où ?"), vocabulary->Encode("a dog sat, où ?"));
}

TEST_P(EitherVocabularyTest, RefusesTornSerialisedForm) {
  const std::string serialised = Train(GetParam(), 60, kSentences)->Serialise();
  for (size_t size : {size_t{0}, size_t{10}, size_t{30}, serialised.size() - 1}) {
    EXPECT_THROW(ParseVocabulary(serialised.substr(0, size)), Error) << size;
  }
}

TEST_P(EitherVocabularyTest, RefusesEmptyTrainingSplitAndSizeOfSpecialsAlone) {
  EXPECT_THAT(MessageOfTraining(GetParam(), 60, {}), HasSubstr("training split"));
  EXPECT_THAT(MessageOfTraining(GetParam(), kSpecials, kSentences), HasSubstr("at least 5"));
}

INSTANTIATE_TEST_SUITE_P(Types, EitherVocabularyTest, ::testing::Values("word", "bpe"),
                         [](const auto& type) { return type.param; });

TEST(VocabularyTest, RefusesUnknownType) {
  EXPECT_THAT(MessageOfTraining("wordpiece", 60, kSentences), HasSubstr("\"wordpiece\""));
}

// Long enough for several threads, each of which meets words in another order.
TEST(VocabularyTest, LearnsAndEncodesAsOneAfterTheOther) {
  std::vector<std::string> text;
  for (int i = 0; i < 20'000; ++i) {
    text.push_back("word" + std::to_string(i % 701) + " and word" + std::to_string(i * i % 997) +
                   (i % 3 == 0 ? ", été." : " !"));
  }
  text[77].clear();
  const std::vector<std::string_view> sentences(text.begin(), text.end());
  for (const char* type : {"word", "bpe"}) {
    const VocabularySpec spec = {.type = type, .size = 400, .min_frequency = 2};
    const LearnedVocabulary learned = LearnAndEncode(spec, sentences);
    const auto alone = TrainVocabulary(spec, sentences);
    ASSERT_EQ(learned.vocabulary->pieces(), alone->pieces()) << type;
    ASSERT_EQ(learned.ids.offsets.size(), sentences.size() + 1) << type;
    for (size_t i = 0; i < sentences.size(); ++i) {
      const auto begin = learned.ids.items.begin();
      const std::vector<int32_t> ids(begin + static_cast<long>(learned.ids.offsets[i]),
                                     begin + static_cast<long>(learned.ids.offsets[i + 1]));
      ASSERT_EQ(ids, alone->Encode(sentences[i])) << type << ": " << sentences[i];
    }
  }
}

}  // namespace
}  // namespace ablate

#include "model/data/phrasebook/phrasebook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <regex>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "model/data/phrasebook/english.h"
#include "model/data/phrasebook/french.h"
#include "model/data/phrasebook/grammar.h"
#include "model/error.h"

namespace ablate {
namespace {

constexpr int64_t kPairs = 50'000;

const std::vector<SentencePair>& Corpus50k() {
  static const std::vector<SentencePair> kCorpus = GeneratePhrasebook(0, kPairs);
  return kCorpus;
}

// FNV-1a over sources and targets.
uint64_t HashOf(const std::vector<SentencePair>& pairs) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const SentencePair& pair : pairs) {
    for (unsigned char c : pair.source + "\t" + pair.target + "\n") {
      hash = (hash ^ c) * 0x100000001b3;
    }
  }
  return hash;
}

bool StartsWithCapital(const std::string& text) {
  const bool accented = text[0] == '\xC3' && static_cast<unsigned char>(text[1]) < 0xA0;
  return (text[0] >= 'A' && text[0] <= 'Z') || accented || text.starts_with("Œ");
}

// No \b in patterns: it takes the bytes of an accented letter for the end of a word.
void ExpectNone(const std::string& pattern, bool french) {
  const std::regex forbidden(pattern, std::regex::ECMAScript | std::regex::optimize);
  for (const SentencePair& pair : Corpus50k()) {
    const std::string& text = french ? pair.target : pair.source;
    ASSERT_FALSE(std::regex_search(text, forbidden)) << text << " matches " << pattern;
  }
}

TEST(Phrasebook, GivesDistinctPairsFast) {
  const std::clock_t start = std::clock();
  const std::vector<SentencePair> pairs = GeneratePhrasebook(7, kPairs);
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  ASSERT_EQ(static_cast<int64_t>(pairs.size()), kPairs);
  std::unordered_set<std::string> sources;
  for (const SentencePair& pair : pairs) sources.insert(pair.source);
  EXPECT_EQ(static_cast<int64_t>(sources.size()), kPairs);
  EXPECT_LT(seconds, 2.0) << "of processor time";
}

TEST(Phrasebook, GivesTwoHundredThousandPairs) {
  EXPECT_EQ(GeneratePhrasebook(1, 200'000).size(), 200'000u);
}

TEST(Phrasebook, IsTheSameEverywhere) {
  EXPECT_EQ(HashOf(GeneratePhrasebook(0, 1000)), 17268321065689834577u);
  EXPECT_EQ(HashOf(GeneratePhrasebook(0, 100'000)), 5551261492198836390u);
}

TEST(Phrasebook, DependsOnTheSeedAlone) {
  const std::vector<SentencePair> few = GeneratePhrasebook(3, 200);
  const std::vector<SentencePair> more = GeneratePhrasebook(3, 400);
  EXPECT_TRUE(std::equal(few.begin(), few.end(), more.begin()));
  EXPECT_NE(few, GeneratePhrasebook(4, 200));
}

// As if one thread had drawn them one after the other.
TEST(Phrasebook, KeepsTheOrderOfTheDraw) {
  Random random(9, "phrasebook");
  phrasebook::Grammar grammar(random);
  std::unordered_set<std::string> known;
  for (const SentencePair& pair : GeneratePhrasebook(9, 5000)) {
    while (true) {
      const phrasebook::Sentence sentence = grammar.Draw();
      const std::string english = phrasebook::EnglishSentence(sentence);
      const auto words = 1 + std::count(english.begin(), english.end(), ' ');
      if (words < kMinPhrasebookWords || words > kMaxPhrasebookWords) continue;
      if (!known.insert(english).second) continue;
      ASSERT_EQ(pair.source, english);
      ASSERT_EQ(pair.target, phrasebook::FrenchSentence(sentence));
      break;
    }
  }
}

TEST(Phrasebook, RefusesMoreThanItCanGive) {
  EXPECT_TRUE(GeneratePhrasebook(0, 0).empty());
  try {
    GeneratePhrasebook(0, kMaxPhrasebookPairs + 1);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr(std::to_string(kMaxPhrasebookPairs)));
  }
  EXPECT_THROW(GeneratePhrasebook(0, -1), Error);
}

// Not only by the corpus's choice: whatever the grammar draws.
TEST(Phrasebook, EnglishDeterminesFrench) {
  Random random(5);
  phrasebook::Grammar grammar(random);
  std::unordered_map<std::string, std::string> known;
  for (int i = 0; i < 150'000; ++i) {
    const phrasebook::Sentence sentence = grammar.Draw();
    const std::string french = phrasebook::FrenchSentence(sentence);
    const auto [entry, fresh] = known.emplace(phrasebook::EnglishSentence(sentence), french);
    ASSERT_EQ(entry->second, french) << entry->first;
  }
}

TEST(Phrasebook, SentencesAreWellFormed) {
  for (const auto& [source, target] : Corpus50k()) {
    const auto words = 1 + std::count(source.begin(), source.end(), ' ');
    ASSERT_TRUE(words >= kMinPhrasebookWords && words <= kMaxPhrasebookWords) << source;
    ASSERT_TRUE(StartsWithCapital(source)) << source;
    ASSERT_TRUE(StartsWithCapital(target)) << target;
    const char end = source.back();
    ASSERT_TRUE(end == '.' || end == '?' || end == '!') << source;
    ASSERT_TRUE(target.ends_with(end == '.' ? "." : std::string(" ") + end)) << target;
    ASSERT_EQ(source.find("  "), source.npos) << source;
    ASSERT_EQ(target.find("  "), target.npos) << target;
    ASSERT_EQ(target.find('*'), target.npos) << target;
    ASSERT_EQ(target.find(" ,"), target.npos) << target;
    ASSERT_EQ(target.find("' "), target.npos) << target;
  }
}

TEST(Phrasebook, FrenchElides) {
  const std::string eliding = "(^|[ '])([Ll]e|[Ll]a|[Dd]e|[Jj]e|[Nn]e|[Qq]ue|me|te|se) ";
  ExpectNone(eliding + "(?!onze )([aeiouAEIOU]|à|â|é|è|ê|î|œ|É)", true);
  ExpectNone(eliding + "(homme|hôtel|hôpital|heure|histoire|horloge|honnête|habit|Hélène)", true);
  ExpectNone("(^|[ '])([Mm]a|[Tt]a|[Ss]a) ([aeiou]|é|œ|histoire|horloge|héroïne)", true);
  ExpectNone("(^|[ '])[Cc]e ([aeiou]|é|œ|homme|hôtel|hôpital)", true);
  ExpectNone(
      "(^| )([Uu]n|[Ll]e|[Cc]e|[MTSmts]on|au|du) (beau|vieux|nouveau) ([aeiou]|é|homme|hôtel)",
      true);
  ExpectNone("[LlDdJjNnMmSsTtCcu]'(héros|haine|hibou|hamster|haricot|homard|hérisson|yaourt)",
             true);
  ExpectNone("[LlDdu]'(onze|huit|hache)", true);
  ExpectNone("(^| )[Ss]i ils? ", true);
}

TEST(Phrasebook, FrenchContracts) {
  ExpectNone("(^|[ '])[Dd]e les? ", true);
  ExpectNone("(^|[ '])(à|À) les? ", true);
  ExpectNone(" de (du|des|de) ", true);
  ExpectNone(" pas (du|des) (pain|lait|riz|œuf|pomme)", true);
}

TEST(Phrasebook, FrenchRepeatsNoWord) {
  ExpectNone("(^| )(le|la|de|ne|que|il|elle|plus|pas|est|a|à|en|se|un|une) \\2 ", true);
}

TEST(Phrasebook, EnglishAgrees) {
  ExpectNone("(^| )[Aa] (apple|egg|old|orange|onion|idea|umbrella|honest|intelligent)", false);
  ExpectNone("(^| )[Aa]n (uniform|university|useful|European|[bcdfgjklmnpqrstvwxyz])", false);
  ExpectNone("^(He|She|It|Nobody) (are|were|have|don't|aren't)", false);
  ExpectNone("^(You|We|They) (is|was|has|does|isn't) ", false);
  ExpectNone("^I (is|are|were|has|does) ", false);
}

}  // namespace
}  // namespace ablate

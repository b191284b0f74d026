#include <gtest/gtest.h>

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "model/data/phrasebook/english_morphology.h"
#include "model/data/phrasebook/few.h"
#include "model/data/phrasebook/french_verbs.h"
#include "model/data/phrasebook/lexicon.h"
#include "model/data/phrasebook/numbers.h"
#include "model/data/phrasebook/words.h"

namespace ablate::phrasebook {
namespace {

using Six = std::array<std::string_view, 6>;

void ExpectForms(std::string_view verb, FrenchTense tense, const Six& forms) {
  for (int row = 0; row < 6; ++row)
    EXPECT_EQ(ConjugateFrench(verb, tense, row), forms[row]) << verb;
}

TEST(FrenchVerbs, ConjugateThreeGroups) {
  using enum FrenchTense;
  ExpectForms("parler", kPresent, {"parle", "parles", "parle", "parlons", "parlez", "parlent"});
  ExpectForms("finir", kPresent, {"finis", "finis", "finit", "finissons", "finissez", "finissent"});
  ExpectForms("vendre", kPresent, {"vends", "vends", "vend", "vendons", "vendez", "vendent"});
  ExpectForms("finir", kImparfait,
              {"finissais", "finissais", "finissait", "finissions", "finissiez", "finissaient"});
  ExpectForms("vendre", kFutur,
              {"vendrai", "vendras", "vendra", "vendrons", "vendrez", "vendront"});
  ExpectForms("vouloir", kConditionnel,
              {"voudrais", "voudrais", "voudrait", "voudrions", "voudriez", "voudraient"});
}

TEST(FrenchVerbs, ChangeTheirSpelling) {
  using enum FrenchTense;
  ExpectForms("manger", kPresent, {"mange", "manges", "mange", "mangeons", "mangez", "mangent"});
  ExpectForms("manger", kImparfait,
              {"mangeais", "mangeais", "mangeait", "mangions", "mangiez", "mangeaient"});
  ExpectForms(
      "commencer", kImparfait,
      {"commençais", "commençais", "commençait", "commencions", "commenciez", "commençaient"});
  ExpectForms("acheter", kPresent,
              {"achète", "achètes", "achète", "achetons", "achetez", "achètent"});
  ExpectForms("acheter", kFutur,
              {"achèterai", "achèteras", "achètera", "achèterons", "achèterez", "achèteront"});
  ExpectForms("appeler", kPresent,
              {"appelle", "appelles", "appelle", "appelons", "appelez", "appellent"});
  ExpectForms("jeter", kFutur,
              {"jetterai", "jetteras", "jettera", "jetterons", "jetterez", "jetteront"});
  ExpectForms("préférer", kPresent,
              {"préfère", "préfères", "préfère", "préférons", "préférez", "préfèrent"});
  ExpectForms(
      "préférer", kFutur,
      {"préférerai", "préféreras", "préférera", "préférerons", "préférerez", "préféreront"});
  ExpectForms("protéger", kPresent,
              {"protège", "protèges", "protège", "protégeons", "protégez", "protègent"});
  ExpectForms("nettoyer", kPresent,
              {"nettoie", "nettoies", "nettoie", "nettoyons", "nettoyez", "nettoient"});
  ExpectForms("dépêcher", kPresent,
              {"dépêche", "dépêches", "dépêche", "dépêchons", "dépêchez", "dépêchent"});
  ExpectForms("réveiller", kPresent,
              {"réveille", "réveilles", "réveille", "réveillons", "réveillez", "réveillent"});
  ExpectForms("téléphoner", kPresent,
              {"téléphone", "téléphones", "téléphone", "téléphonons", "téléphonez", "téléphonent"});
}

TEST(FrenchVerbs, KnowIrregularVerbs) {
  using enum FrenchTense;
  ExpectForms("être", kImparfait, {"étais", "étais", "était", "étions", "étiez", "étaient"});
  ExpectForms("avoir", kFutur, {"aurai", "auras", "aura", "aurons", "aurez", "auront"});
  ExpectForms("faire", kImparfait,
              {"faisais", "faisais", "faisait", "faisions", "faisiez", "faisaient"});
  ExpectForms("boire", kImparfait, {"buvais", "buvais", "buvait", "buvions", "buviez", "buvaient"});
  ExpectForms("voir", kFutur, {"verrai", "verras", "verra", "verrons", "verrez", "verront"});
  ExpectForms("envoyer", kFutur,
              {"enverrai", "enverras", "enverra", "enverrons", "enverrez", "enverront"});
  ExpectForms("rire", kImparfait, {"riais", "riais", "riait", "riions", "riiez", "riaient"});
  EXPECT_EQ(ConjugateFrench("dire", kImperative, 4), "dites");
  EXPECT_EQ(ConjugateFrench("être", kImperative, 4), "soyez");
  EXPECT_EQ(ConjugateFrench("pleuvoir", kPresent, 2), "pleut");
  EXPECT_EQ(ConjugateFrench("pleuvoir", kImparfait, 2), "pleuvait");
}

TEST(FrenchVerbs, ParticiplesAgree) {
  EXPECT_EQ(FrenchParticiple("aller", Gender::kFeminine, true), "allées");
  EXPECT_EQ(FrenchParticiple("prendre", Gender::kMasculine, true), "pris");
  EXPECT_EQ(FrenchParticiple("prendre", Gender::kFeminine, false), "prise");
  EXPECT_EQ(FrenchParticiple("devoir", Gender::kMasculine, false), "dû");
  EXPECT_EQ(FrenchParticiple("devoir", Gender::kFeminine, false), "due");
  EXPECT_EQ(FrenchParticiple("mourir", Gender::kFeminine, false), "morte");
}

TEST(FrenchNumbers, FollowTheRules) {
  const std::vector<std::pair<int, std::string_view>> numbers = {
      {16, "seize"},
      {21, "vingt et un"},
      {22, "vingt-deux"},
      {61, "soixante et un"},
      {70, "soixante-dix"},
      {71, "soixante et onze"},
      {79, "soixante-dix-neuf"},
      {80, "quatre-vingts"},
      {81, "quatre-vingt-un"},
      {91, "quatre-vingt-onze"},
      {99, "quatre-vingt-dix-neuf"},
      {100, "cent"},
      {200, "deux cents"},
      {201, "deux cent un"},
      {880, "huit cent quatre-vingts"},
  };
  for (const auto& [number, words] : numbers) {
    EXPECT_EQ(FrenchNumber(number, Gender::kMasculine), words);
  }
  EXPECT_EQ(FrenchNumber(1, Gender::kFeminine), "une");
  EXPECT_EQ(FrenchNumber(31, Gender::kFeminine), "trente et une");
  EXPECT_EQ(FrenchNumber(81, Gender::kFeminine), "quatre-vingt-une");
  EXPECT_EQ(FrenchNumber(11, Gender::kFeminine), "*onze");
}

TEST(EnglishWords, InflectByRuleAndException) {
  EXPECT_EQ(EnglishThirdPerson("watch"), "watches");
  EXPECT_EQ(EnglishThirdPerson("cry"), "cries");
  EXPECT_EQ(EnglishThirdPerson("play"), "plays");
  EXPECT_EQ(EnglishThirdPerson("go"), "goes");
  EXPECT_EQ(EnglishPast("travel"), "travelled");
  EXPECT_EQ(EnglishPast("cry"), "cried");
  EXPECT_EQ(EnglishPast("steal"), "stole");
  EXPECT_EQ(EnglishParticiple("write"), "written");
  EXPECT_EQ(EnglishGerund("write"), "writing");
  EXPECT_EQ(EnglishGerund("run"), "running");
  EXPECT_EQ(EnglishGerund("die"), "dying");
  EXPECT_EQ(EnglishNegated("will"), "won't");
  EXPECT_EQ(EnglishNegated("can"), "can't");
  EXPECT_EQ(EnglishNumber(42), "forty-two");
  EXPECT_EQ(EnglishNumber(120), "one hundred and twenty");
  EXPECT_EQ(EnglishOrdinal(22), "twenty-second");
}

TEST(EnglishWords, TakeTheArticleBySound) {
  for (std::string_view word : {"apple", "honest", "umbrella", "old", "American"}) {
    EXPECT_EQ(EnglishArticleBefore(word), "an") << word;
  }
  for (std::string_view word : {"car", "university", "useful", "European", "uniform", "hotel"}) {
    EXPECT_EQ(EnglishArticleBefore(word), "a") << word;
  }
}

TEST(Words, AreThoseThatWereAppended) {
  Words words{"le", "petit déjeuner"};
  Append(words, "");
  Append(words, Words{"est", "prêt"});
  const Words copy = words;
  words = Words{"que"};
  ASSERT_EQ(copy.size(), 4u);
  EXPECT_EQ(copy.front(), "le");
  EXPECT_EQ(copy[1], "petit déjeuner");
  EXPECT_EQ(copy[3], "prêt");
  EXPECT_EQ(JoinFrench(copy, "."), "Le petit déjeuner est prêt.");
  EXPECT_EQ(words.size(), 1u);
  EXPECT_TRUE(Words().empty());
}

TEST(Words, RefuseWhatDoesNotFit) {
  const auto add = [](std::string_view word) {
    Words words;
    for (int i = 0; i < 10'000; ++i) words.Add(word);
  };
  EXPECT_THROW(add("a"), std::length_error);
  EXPECT_THROW(add(std::string(100, 'a')), std::length_error);
  Words most;
  for (int i = 0; i < 60; ++i) most.Add("a");
  EXPECT_THROW(most.Add(Words(most)), std::length_error);
}

TEST(Few, RefusesOneTooMany) {
  Few<int, 2> few;
  few.push_back(3);
  few.push_back(4);
  EXPECT_EQ(few[0] + few[1], 7);
  EXPECT_THROW(few.push_back(5), std::length_error);
  few.clear();
  EXPECT_TRUE(few.empty());
}

TEST(Lexicon, HoldsAFewHundredWords) {
  EXPECT_GE(Nouns().size(), 120u);
  EXPECT_GE(Adjectives().size(), 60u);
  EXPECT_GE(Verbs().size(), 60u);
}

TEST(Lexicon, CombinesEveryWordWithSomething) {
  for (const Adjective& adjective : Adjectives()) {
    bool fits = false;
    for (const Noun& noun : Nouns()) fits = fits || adjective.Describes(noun);
    EXPECT_TRUE(fits) << adjective.english;
  }
  for (const Verb& verb : Verbs()) {
    if (verb.object == 0) continue;
    bool fits = false;
    for (const Noun& noun : Nouns()) fits = fits || (noun.classes & verb.object) != 0;
    EXPECT_TRUE(fits) << verb.english;
  }
}

}  // namespace
}  // namespace ablate::phrasebook

// Draws abstract sentences at random, such that they make sense.
#pragma once

#include <array>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "model/data/phrasebook/sentence.h"
#include "model/random.h"

namespace ablate::phrasebook {

class Grammar {
 public:
  explicit Grammar(Random& random) : random_(random) {}

  Sentence Draw();

 private:
  enum class Role : uint8_t { kSubjectOf, kObjectOf, kPlaceOf };
  // What a clause is drawn for.
  enum class Use : uint8_t { kAlone, kQuestioned, kLinked };

  // grammar_phrases.cc
  bool Chance(int percent) { return random_.Below(100) < static_cast<uint64_t>(percent); }
  int Between(int low, int high) {
    return low + static_cast<int>(random_.Below(static_cast<uint64_t>(high - low + 1)));
  }
  size_t Weighted(std::span<const int> weights);
  template <typename T>
  const T& Pick(std::span<const T> items) {
    return items[random_.Below(items.size())];
  }
  // One of those that `fits`; at least one does.
  template <typename T, typename Fits>
  const T& PickWhere(std::span<const T> items, Fits fits);
  // The same, where those that fit are found in `known`, or put there.
  template <typename T, typename Fits>
  const T& PickWhere(std::span<const T> items, Fits fits, std::vector<const T*>& known);
  Agreement AnyPerson();
  NounPhrase PronounOf(Agreement who);
  NounPhrase NamesOf(int count);
  NounPhrase NounOf(Classes classes, Role role);
  void Determine(NounPhrase& phrase, Role role);
  void DetermineMass(NounPhrase& phrase, Role role);
  void DetermineFamily(NounPhrase& phrase);
  const std::vector<const Adjective*>& AdjectivesOf(const Noun& noun, Position position);
  void Describe(NounPhrase& phrase, int percent);
  NounPhrase PersonPhrase(bool agreeing, Use use);
  NounPhrase SubjectOf(Classes classes, bool agreeing, Use use);
  NounPhrase ThingIn(Classes classes, std::span<const Determiner> determiners);
  Adjunct PlaceAdjunct(Classes where);
  Adjunct SomeTown(Town::Way way);
  Adjunct SomePlace();
  Adjunct HomePlace();
  Adjunct Destination();
  Adjunct NearbyPlace(Classes who);
  ClockTime SomeClockTime(bool with_part);
  const TimePhrase* TimeIn(Times times);
  std::optional<Adjunct> TimeFor(const Clause& clause);

  // grammar_actions.cc
  const Verb& VerbIn(Frame frame);
  Tense TenseOf(const Verb& verb, Use use);
  Polarity PolarityOf(const Clause& clause, Use use);
  void Govern(Clause& clause);
  NounPhrase PronounObject(const Clause& clause);
  NounPhrase NameObject(const Clause& clause);
  void Fit(NounPhrase& object, const Clause& clause);
  NounPhrase ObjectOf(const Clause& clause);
  void AddRecipient(Clause& clause);
  void Complete(Clause& clause);
  void AddAdverbs(Clause& clause);
  void AddPlace(Clause& clause);
  void AddTime(Clause& clause);
  void Settle(Clause& clause);
  void AddRelative(NounPhrase& phrase);
  Clause Started(const Verb& verb, Use use);
  Clause ActionClause(Use use, const Verb& verb);

  // grammar_states.cc
  std::shared_ptr<const NounPhrase> Standard(const NounPhrase& subject, Classes classes);
  Quality QualityOf(const Adjective& adjective, const Clause& clause);
  Clause QualityClause(Use use);
  Clause WhereaboutsClause(Use use);
  Clause ExistentialClause(Use use);
  Clause ProfessionClause(Use use);
  Clause AgeClause(Use use);
  Clause PriceClause(Use use);
  Clause ClockClause();
  Clause WeatherClause(Use use);
  Clause AnyClause(Use use);

  // grammar.cc
  Sentence Statement();
  Sentence LinkedStatement();
  Sentence SameSubject();
  Sentence SameObject();
  Sentence Report();
  Sentence YesNoQuestion();
  Sentence ContentQuestion();
  Sentence ObjectQuestion();
  Sentence PlaceOrTimeQuestion();
  Sentence Command();

  Random& random_;
  // What fits, once it was asked for; looking through all words would take longer than the rest.
  std::map<Classes, std::vector<const Noun*>> nouns_;
  std::map<Frame, std::vector<const Verb*>> verbs_;
  std::map<std::pair<const Noun*, Position>, std::vector<const Adjective*>> adjectives_;
  std::array<std::vector<const Verb*>, 2> governors_;  // of all verbs, and of skills
  std::map<Times, std::vector<const TimePhrase*>> times_;
};

template <typename T, typename Fits>
const T& Grammar::PickWhere(std::span<const T> items, Fits fits) {
  size_t count = 0;
  for (const T& item : items) count += fits(item) ? 1 : 0;
  size_t left = random_.Below(count);
  for (const T& item : items) {
    if (fits(item) && left-- == 0) return item;
  }
  return items.front();
}

template <typename T, typename Fits>
const T& Grammar::PickWhere(std::span<const T> items, Fits fits, std::vector<const T*>& known) {
  if (known.empty()) {
    for (const T& item : items) {
      if (fits(item)) known.push_back(&item);
    }
  }
  return *known[random_.Below(known.size())];
}

}  // namespace ablate::phrasebook

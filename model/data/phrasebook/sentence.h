// The abstract sentence: what both languages say. Plain data; english.h and french.h put it into
// words.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "model/data/phrasebook/few.h"
#include "model/data/phrasebook/lexicon.h"

namespace ablate::phrasebook {

// Person, number and gender. "You" is always polite: person 2, plural.
struct Agreement {
  int person = 3;
  bool plural = false;
  Gender gender = Gender::kMasculine;

  bool feminine() const { return gender == Gender::kFeminine; }
  int row() const { return person - 1 + (plural ? 3 : 0); }  // I, thou, he, we, you, they
  bool operator==(const Agreement&) const = default;
};

enum class Determiner : uint8_t {
  kDefinite,    // the; with a number: the two
  kIndefinite,  // a
  kSome,        // some; any in questions and after a negation
  kBare,        // cats, bread
  kThis,
  kThat,
  kPossessive,
  kNumber,
  kQuantity,  // a glass of
  kSeveral,
  kEvery,
  kAll,      // all the
  kWhich,    // asks
  kHowMany,  // asks
};

struct Clause;

struct NounPhrase {
  enum class Kind : uint8_t { kNoun, kNames, kPronoun, kProfession, kNobody, kWeather, kThere };
  Kind kind = Kind::kNoun;

  const Noun* noun = nullptr;
  Determiner determiner = Determiner::kDefinite;
  bool plural = false;
  int number = 0;   // kNumber, or the number after "the"; 0: none
  Agreement owner;  // kPossessive
  const Quantity* quantity = nullptr;
  Few<const Adjective*, 2> adjectives;     // at most one before and one after the French noun
  std::shared_ptr<const Clause> relative;  // "who sells bread": a clause without its subject

  Few<const Name*, 2> names;               // kNames: one, or two joined by "and"
  Agreement pronoun;                       // kPronoun
  bool thing = false;                      // the pronoun is "it"
  const Profession* profession = nullptr;  // kProfession: "a baker"; agrees with the subject
};

// A clock time: `hour` 1 to 11, or 12 for noon and 0 for midnight, which take no minutes. Minutes
// -25 to 30 by fives.
struct ClockTime {
  int hour = 1;
  int minutes = 0;
  enum class Part : uint8_t { kUnsaid, kMorning, kAfternoon, kEvening } part = Part::kUnsaid;
};

struct Duration {
  enum class Kind : uint8_t { kAgo, kIn, kFor } kind = Kind::kFor;
  int count = 1;
  const Unit* unit = nullptr;
};

struct Date {
  int day = 1;
  const Unit* month = nullptr;
};

struct Place {
  const Preposition* preposition = nullptr;
  NounPhrase where;
};

struct Town {
  const Region* region = nullptr;
  enum class Way : uint8_t { kIn, kTo, kFrom } way = Way::kIn;
};

using Adjunct = std::variant<Place, Town, const TimePhrase*, ClockTime, Duration, Date>;

enum class Degree : uint8_t { kPlain, kVery, kTooMuch, kMore, kLess, kAsMuch };

struct Quality {
  const Adjective* adjective = nullptr;
  Degree degree = Degree::kPlain;
  std::shared_ptr<const NounPhrase> than;  // kMore, kLess, kAsMuch
};

enum class Tense : uint8_t {
  kPresent,      // eats: présent
  kProgressive,  // is eating: présent
  kPast,         // ate: passé composé; of a stative verb: imparfait
  kPerfect,      // has eaten: passé composé
  kImperfect,    // was eating: imparfait
  kRecent,       // has just eaten: vient de manger
  kFuture,       // will eat: futur
  kNearFuture,   // is going to eat: va manger
};

enum class Polarity : uint8_t { kAffirmative, kNot, kNever, kNoLonger, kNotYet };

// After "to be": a quality, a profession, a clock time, an age in years.
using Complement = std::variant<std::monostate, Quality, NounPhrase, ClockTime, int>;

struct Clause {
  NounPhrase subject;
  const Verb* governor =
      nullptr;  // "wants to", "can": the tense is its own, `verb` is an infinitive
  const Verb* verb = nullptr;
  Tense tense = Tense::kPresent;
  Polarity polarity = Polarity::kAffirmative;
  const Adverb* frequency = nullptr;
  const Adverb* manner = nullptr;
  std::optional<NounPhrase> object;
  std::optional<NounPhrase> recipient;
  Complement complement;
  std::vector<Adjunct> adjuncts;
};

enum class Mood : uint8_t { kStatement, kQuestion, kImperative, kLets };

// What a question asks for. kObject: an object whose determiner is kWhich or kHowMany, or "what"
// where there is none.
enum class Asked : uint8_t { kTruth, kSubject, kObject, kWhere, kWhen, kWhy, kWhatTime };

struct Sentence {
  Mood mood = Mood::kStatement;
  Asked asked = Asked::kTruth;
  Clause clause;
  std::optional<Adjunct> opening;  // set off by a comma
  const Link* link = nullptr;      // joins `second`
  std::optional<Clause> second;
};

// What a verb, an adjective or a pronoun has to agree with. A kThere subject agrees with the
// clause's object in English.
Agreement AgreementOf(const NounPhrase& phrase);

}  // namespace ablate::phrasebook

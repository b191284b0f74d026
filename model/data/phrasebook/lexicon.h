// The words that the phrasebook is made of, each with its translation and what it may be combined
// with.
//
// French words are written as dictionaries do: a leading asterisk marks an initial that forbids
// elision and liaison
// ("*héros", "*onze"); it never reaches the surface.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace ablate::phrasebook {

enum class Gender : uint8_t { kMasculine, kFeminine };

// What a noun denotes, as a set: a noun lists what it is, a verb or an adjective what it goes with.
using Classes = uint32_t;
inline constexpr Classes kPerson = 1u << 0;
inline constexpr Classes kAnimal = 1u << 1;
inline constexpr Classes kFood = 1u << 2;
inline constexpr Classes kDrink = 1u << 3;
inline constexpr Classes kClothing = 1u << 4;
inline constexpr Classes kText = 1u << 5;   // read and written
inline constexpr Classes kThing = 1u << 6;  // can be held, given, lost
inline constexpr Classes kVehicle = 1u << 7;
inline constexpr Classes kBuilding = 1u << 8;
inline constexpr Classes kAtPlace = 1u << 9;     // "at the market", "to the market"
inline constexpr Classes kInPlace = 1u << 10;    // "in the garden"
inline constexpr Classes kSurface = 1u << 11;    // "on the table", "under the table"
inline constexpr Classes kContainer = 1u << 12;  // "in the bag"
inline constexpr Classes kPlant = 1u << 13;
inline constexpr Classes kMachine = 1u << 14;  // can be repaired and used
inline constexpr Classes kOpenable = 1u << 15;
inline constexpr Classes kHeard = 1u << 16;
inline constexpr Classes kSeen = 1u << 17;    // films, pictures
inline constexpr Classes kIdea = 1u << 18;    // questions, stories, feelings
inline constexpr Classes kLearnt = 1u << 19;  // learnt and explained
inline constexpr Classes kMoney = 1u << 20;   // units of it
inline constexpr Classes kSung = 1u << 21;
inline constexpr Classes kTransport = 1u << 22;  // leaves and arrives by the clock
inline constexpr Classes kTame = 1u << 23;       // animals that people keep
inline constexpr Classes kCrossed = 1u << 24;    // streets, bridges, rivers
inline constexpr Classes kFurniture = 1u << 25;
inline constexpr Classes kFamily = 1u << 26;    // somebody's
inline constexpr Classes kUnique = 1u << 27;    // that one has one of
inline constexpr Classes kHome = 1u << 28;      // lived in
inline constexpr Classes kLandmark = 1u << 29;  // one can stand under it
inline constexpr Classes kYoung = 1u << 30;     // not to be called young or old

struct Noun {
  std::string_view english;
  std::string_view english_plural;  // empty: a mass noun ("bread"), or one that has no plural here
  std::string_view french;
  std::string_view french_plural;
  Gender gender;
  Classes classes;

  bool mass() const { return english_plural.empty(); }
};

// One English word for a man and a woman, two in French.
struct Profession {
  Noun masculine;
  Noun feminine;
};

enum class Position : uint8_t { kBefore, kAfter, kPredicate };  // kPredicate: only after "to be"

inline constexpr uint8_t kSizeRank = 1;
inline constexpr uint8_t kAgeRank = 3;

struct Adjective {
  std::string_view english;
  std::string_view comparative;  // empty: with "more"; "-": has no degrees
  std::string_view masculine, feminine, masculine_plural, feminine_plural;
  std::string_view before_vowel;  // masculine singular before a vowel ("bel"), where it differs
  Position position;
  uint8_t rank;  // English order: opinion 0, size 1, quality 2, age 3, shape 4, colour 5, origin 6
  Classes classes;

  bool gradable() const { return comparative != "-"; }
  bool Describes(const Noun& noun) const {
    const bool of_age = rank == kAgeRank && (noun.classes & kYoung) != 0;
    const bool sized = rank == kSizeRank && noun.mass();
    return (classes & noun.classes) != 0 && !of_age && !sized;
  }
};

enum class Frame : uint8_t {
  kIntransitive,
  kTransitive,
  kDitransitive,  // gives something to somebody
  kMotion,        // goes to a place
  kOrigin,        // comes from a town or a country
  kLocative,      // lives in a place
  kPut,           // puts something somewhere
  kPrice,         // costs so many euros
  kWeather,       // it rains
  kReport,        // thinks that …
  kInfinitive,    // wants to …
  kAuxiliary,     // can …
  kCopula,
  kExistential,
  kAge,
};

using Traits = uint16_t;
// A state: no progressive; its simple past is an imparfait.
inline constexpr Traits kStative = 1u << 0;
inline constexpr Traits kLasting = 1u << 1;  // takes no time phrase
// Bare objects are whole kinds: "likes cats", « aime les chats ».
inline constexpr Traits kGeneric = 1u << 2;
inline constexpr Traits kReflexive = 1u << 3;
inline constexpr Traits kPastOnly = 1u << 4;     // "was born"
inline constexpr Traits kInvoluntary = 1u << 5;  // not for imperatives, nor after "wants to"
inline constexpr Traits kNoProgressive = 1u << 6;
inline constexpr Traits kPlaced = 1u << 7;     // may be said to happen somewhere
inline constexpr Traits kSkilled = 1u << 8;    // done well or badly; can be learnt
inline constexpr Traits kPaced = 1u << 9;      // done slowly or quickly
inline constexpr Traits kMeasured = 1u << 10;  // done a lot, or for an hour
inline constexpr Traits kTimed = 1u << 11;     // done early or late

struct Verb {
  // Head, then what stands between it and an object: "look at", "be afraid of".
  std::string_view english;
  std::string_view french;       // infinitive, then a tail that takes no preposition: "avoir peur"
  std::string_view preposition;  // before the French object or infinitive: "", "à" or "de"
  Frame frame;
  Classes subject;
  Classes object;
  Traits traits = 0;

  bool Has(Traits trait) const { return (traits & trait) != 0; }
};

struct Name {
  std::string_view text;
  Gender gender;
};

// Towns and countries, whose prepositions French binds to the name.
struct Region {
  std::string_view english;
  std::string_view french_in;    // « à Paris », « en France »; also where one goes to
  std::string_view french_from;  // « de Paris », « du Japon »
};

// When a time phrase fits.
using Times = uint8_t;
inline constexpr Times kNow = 1u << 0;
inline constexpr Times kHabit = 1u << 1;
inline constexpr Times kPastTime = 1u << 2;
inline constexpr Times kFutureTime = 1u << 3;

struct TimePhrase {
  std::string_view english;
  std::string_view french;
  Times times;
};

struct Adverb {
  std::string_view english;
  std::string_view french;
  bool inside;   // stands before the participle: « a bien dormi »
  Traits verbs;  // what it goes with; 0: all
};

struct Preposition {
  std::string_view english;
  std::string_view french;
  Classes places;
};

struct Quantity {
  std::string_view english_mass;    // "too much"; empty: not with mass nouns
  std::string_view english_plural;  // "too many"; empty: not with plurals
  std::string_view french;          // « trop de »
  Classes classes;
};

struct Unit {
  std::string_view english, english_plural, french, french_plural;
  Gender gender;
};

struct Link {
  std::string_view english;
  std::string_view french;
};

std::span<const Noun> Nouns();
std::span<const Profession> Professions();
std::span<const Adjective> Adjectives();
std::span<const Verb> Verbs();
std::span<const Name> Names();
std::span<const Region> Regions();
std::span<const TimePhrase> TimePhrases();
std::span<const Adverb> FrequencyAdverbs();
std::span<const Adverb> MannerAdverbs();
std::span<const Preposition> Prepositions();
std::span<const Quantity> Quantities();
std::span<const Unit> TimeUnits();
std::span<const Unit> Months();  // singular only
std::span<const Link> Links();

// The verbs that the grammar itself needs.
extern const Verb kBe;       // être
extern const Verb kThereIs;  // y avoir
extern const Verb kBeAged;   // avoir … ans

// By the English word (of a verb: with its tail); for constructed sentences. Throws
// std::out_of_range where there is none.
const Noun& FindNoun(std::string_view english);
const Profession& FindProfession(std::string_view english);
const Adjective& FindAdjective(std::string_view english);
const Verb& FindVerb(std::string_view english, Frame frame);
const Name& FindName(std::string_view text);
const Region& FindRegion(std::string_view english);
const TimePhrase& FindTime(std::string_view english);
const Adverb& FindAdverb(std::string_view english);
const Preposition& FindPreposition(std::string_view english);
const Quantity& FindQuantity(
    std::string_view english);  // by its form with a mass noun, else with a plural
const Unit& FindUnit(std::string_view english);
const Link& FindLink(std::string_view english);

}  // namespace ablate::phrasebook

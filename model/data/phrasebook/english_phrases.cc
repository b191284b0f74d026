#include "model/data/phrasebook/english_phrases.h"

#include <algorithm>
#include <array>
#include <utility>

#include "model/data/phrasebook/english_clauses.h"
#include "model/data/phrasebook/english_morphology.h"
#include "model/data/phrasebook/numbers.h"

namespace ablate::phrasebook {
namespace {

using Kind = NounPhrase::Kind;

constexpr std::array<std::string_view, 6> kPossessives = {"my",  "your", "his",
                                                          "our", "your", "their"};

std::string_view SubjectPronoun(Agreement who, bool thing) {
  constexpr std::array<std::string_view, 6> kForms = {"I", "you", "he", "we", "you", "they"};
  if (thing && !who.plural) return "it";
  return who.row() == 2 && who.feminine() ? "she" : kForms[who.row()];
}

std::string_view ObjectPronoun(Agreement who, bool thing) {
  constexpr std::array<std::string_view, 6> kForms = {"me", "you", "him", "us", "you", "them"};
  if (thing && !who.plural) return "it";
  return who.row() == 2 && who.feminine() ? "her" : kForms[who.row()];
}

std::string_view Possessive(Agreement owner) {
  return owner.row() == 2 && owner.feminine() ? "her" : kPossessives[owner.row()];
}

std::string_view QuantityWords(const NounPhrase& phrase) {
  return phrase.noun->mass() ? phrase.quantity->english_mass : phrase.quantity->english_plural;
}

std::string DeterminerWords(const NounPhrase& phrase, std::string_view next, bool asserted) {
  switch (phrase.determiner) {
    case Determiner::kDefinite:
      return phrase.number > 0 ? "the " + EnglishNumber(phrase.number) : "the";
    case Determiner::kIndefinite:
      return std::string(EnglishArticleBefore(next));
    case Determiner::kSome:
      return asserted ? "some" : "any";
    case Determiner::kBare:
      return "";
    case Determiner::kThis:
      return phrase.plural ? "these" : "this";
    case Determiner::kThat:
      return phrase.plural ? "those" : "that";
    case Determiner::kPossessive:
      return std::string(Possessive(phrase.owner));
    case Determiner::kNumber:
      return EnglishNumber(phrase.number);
    case Determiner::kQuantity:
      return std::string(QuantityWords(phrase));
    case Determiner::kSeveral:
      return "several";
    case Determiner::kEvery:
      return "every";
    case Determiner::kAll:
      return "all the";
    case Determiner::kWhich:
      return "which";
    case Determiner::kHowMany:
      return phrase.noun->mass() ? "how much" : "how many";
  }
  return "";
}

Words NounWords(const NounPhrase& phrase, bool asserted) {
  auto adjectives = phrase.adjectives;
  const bool swapped = adjectives.size() == 2 && adjectives[1]->rank < adjectives[0]->rank;
  if (swapped) std::swap(adjectives[0], adjectives[1]);
  Words described;
  for (const Adjective* adjective : adjectives) Append(described, adjective->english);
  Append(described, phrase.plural ? phrase.noun->english_plural : phrase.noun->english);
  Words words;
  Append(words, DeterminerWords(phrase, described.front(), asserted));
  Append(words, described);
  if (phrase.relative) {
    Append(words, (phrase.noun->classes & kPerson) != 0 ? "who" : "that");
    Append(words, EnglishPredicate(*phrase.relative, AgreementOf(phrase)));
  }
  return words;
}

Words NameWords(const Few<const Name*, 2>& names) {
  Words words{names.front()->text};
  for (size_t i = 1; i < names.size(); ++i) {
    words.Add("and");
    words.Add(names[i]->text);
  }
  return words;
}

Words ProfessionWords(const NounPhrase& phrase, Agreement subject) {
  NounPhrase noun = phrase;
  noun.kind = Kind::kNoun;
  noun.noun = &phrase.profession->masculine;
  noun.plural = subject.plural;
  noun.determiner = subject.plural ? Determiner::kBare : Determiner::kIndefinite;
  return NounWords(noun, true);
}

std::string DurationWords(const Duration& duration) {
  const std::string_view unit =
      duration.count == 1 ? duration.unit->english : duration.unit->english_plural;
  const std::string span = EnglishNumber(duration.count) + " " + std::string(unit);
  if (duration.kind == Duration::Kind::kAgo) return span + " ago";
  return (duration.kind == Duration::Kind::kIn ? "in " : "for ") + span;
}

std::string TownWords(const Town& town) {
  constexpr std::array<std::string_view, 3> kWays = {"in ", "to ", ""};
  return std::string(kWays[static_cast<size_t>(town.way)]).append(town.region->english);
}

struct AdjunctWords {
  Words operator()(const Place& place) const {
    Words words{place.preposition->english};
    Append(words, EnglishPhrase(place.where, EnglishRole::kObject));
    return words;
  }
  Words operator()(const Town& town) const { return {TownWords(town)}; }
  Words operator()(const TimePhrase* time) const { return {time->english}; }
  Words operator()(const ClockTime& time) const { return {"at " + EnglishClockTime(time)}; }
  Words operator()(const Duration& duration) const { return {DurationWords(duration)}; }
  Words operator()(const Date& date) const {
    return {"on the " + EnglishOrdinal(date.day) + " of " + std::string(date.month->english)};
  }
};

Words QualityWords(const Quality& quality) {
  const Adjective& adjective = *quality.adjective;
  const std::string_view plain = adjective.english;
  const Words than = quality.than ? EnglishPhrase(*quality.than, EnglishRole::kObject) : Words{};
  Words words;
  switch (quality.degree) {
    case Degree::kPlain:
      return {plain};
    case Degree::kVery:
      return {"very", plain};
    case Degree::kTooMuch:
      return {"too", plain};
    case Degree::kMore:
      words = adjective.comparative.empty() ? Words{"more", plain} : Words{adjective.comparative};
      words.Add("than");
      break;
    case Degree::kLess:
      words = {"less", plain, "than"};
      break;
    case Degree::kAsMuch:
      words = {"as", plain, "as"};
      break;
  }
  Append(words, than);
  return words;
}

}  // namespace

Words EnglishPhrase(const NounPhrase& phrase, EnglishRole role) {
  switch (phrase.kind) {
    case Kind::kNoun:
      return NounWords(phrase, role != EnglishRole::kQuestionedObject);
    case Kind::kNames:
      return NameWords(phrase.names);
    case Kind::kPronoun:
      return {role == EnglishRole::kSubject ? SubjectPronoun(phrase.pronoun, phrase.thing)
                                            : ObjectPronoun(phrase.pronoun, phrase.thing)};
    case Kind::kNobody:
      return {"nobody"};
    case Kind::kThere:
      return {"there"};
    default:
      return {"it"};
  }
}

Words EnglishAdjunct(const Adjunct& adjunct) { return std::visit(AdjunctWords(), adjunct); }

Words EnglishComplement(const Complement& complement, Agreement subject) {
  if (const auto* quality = std::get_if<Quality>(&complement)) return QualityWords(*quality);
  if (const auto* phrase = std::get_if<NounPhrase>(&complement)) {
    return ProfessionWords(*phrase, subject);
  }
  if (const auto* time = std::get_if<ClockTime>(&complement)) return {EnglishClockTime(*time)};
  if (const auto* years = std::get_if<int>(&complement)) {
    return {EnglishNumber(*years), *years == 1 ? "year old" : "years old"};
  }
  return {};
}

std::string EnglishClockTime(const ClockTime& time) {
  constexpr std::array<std::string_view, 4> kParts = {"", " in the morning", " in the afternoon",
                                                      " in the evening"};
  if (time.hour == 0) return "midnight";
  if (time.hour == 12) return "noon";
  const std::string hour = EnglishNumber(time.hour);
  const int distance = std::abs(time.minutes);
  const std::string minutes = distance == 15   ? "a quarter"
                              : distance == 30 ? "half"
                                               : EnglishNumber(std::max(distance, 1));
  const std::string part(kParts[static_cast<size_t>(time.part)]);
  if (time.minutes == 0) return hour + " o'clock" + part;
  return minutes + (time.minutes > 0 ? " past " : " to ") + hour + part;
}

}  // namespace ablate::phrasebook

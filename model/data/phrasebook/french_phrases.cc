#include "model/data/phrasebook/french_phrases.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "model/data/phrasebook/french_clauses.h"
#include "model/data/phrasebook/french_verbs.h"
#include "model/data/phrasebook/numbers.h"

namespace ablate::phrasebook {
namespace {

using Kind = NounPhrase::Kind;
using Forms = std::array<std::string_view, 3>;  // masculine, feminine, plural

std::string_view Choose(const Forms& forms, Agreement noun) {
  return noun.plural ? forms[2] : forms[noun.feminine() ? 1 : 0];
}

std::string_view Inflect(const Adjective& adjective, Agreement noun) {
  if (noun.plural) {
    return noun.feminine() ? adjective.feminine_plural : adjective.masculine_plural;
  }
  return noun.feminine() ? adjective.feminine : adjective.masculine;
}

std::string_view StrongPronoun(Agreement who) {
  constexpr std::array<std::string_view, 6> kForms = {"moi", "toi", "lui", "nous", "vous", "eux"};
  if (who.person == 3 && who.feminine()) return who.plural ? "elles" : "elle";
  return kForms[who.row()];
}

std::string_view Possessive(Agreement owner, Agreement noun, bool before_vowel) {
  constexpr std::array<Forms, 6> kForms = {{{"mon", "ma", "mes"},
                                            {"ton", "ta", "tes"},
                                            {"son", "sa", "ses"},
                                            {"notre", "notre", "nos"},
                                            {"votre", "votre", "vos"},
                                            {"leur", "leur", "leurs"}}};
  const Forms& forms = kForms[owner.row()];
  return before_vowel && !noun.plural ? forms[0] : Choose(forms, noun);
}

bool EndsWithWord(std::string_view phrase, std::string_view word) {
  return phrase.substr(phrase.rfind(' ') + 1) == word;
}

// The preposition and the definite article, contracted where they do.
Words WithArticle(std::string_view preposition, Agreement noun, bool before_vowel) {
  const std::string_view article = Choose({"le", "la", "les"}, noun);
  const bool contracts = noun.plural || (!noun.feminine() && !before_vowel);
  const bool to = preposition == "à";
  if (!contracts || (!to && !EndsWithWord(preposition, "de"))) {
    Words words;
    Append(words, preposition);
    Append(words, article);
    return words;
  }
  if (to) return {noun.plural ? "aux" : "au"};
  std::string contracted(preposition.substr(0, preposition.size() - 2));
  return {contracted += noun.plural ? "des" : "du"};
}

// "du pain", "des pommes", "de belles pommes", "pas de pain", and after a preposition "de": "besoin
// d'eau".
Words Partitive(const NounPhrase& phrase, const FrenchContext& context, Agreement noun,
                bool before_vowel) {
  if (context.generic && phrase.determiner == Determiner::kBare) {
    return WithArticle(context.preposition, noun, before_vowel);
  }
  if (EndsWithWord(context.preposition, "de")) return {context.preposition};
  const bool preposed =
      std::any_of(phrase.adjectives.begin(), phrase.adjectives.end(),
                  [](const Adjective* entry) { return entry->position == Position::kBefore; });
  Words words;
  Append(words, context.preposition);
  if (context.negated || (phrase.plural && preposed)) {
    Append(words, "de");
  } else {
    Append(words, WithArticle("de", noun, before_vowel));
  }
  return words;
}

// Determiners that a preposition stands before unchanged.
Words PlainDeterminer(const NounPhrase& phrase, Agreement noun, bool before_vowel, bool negated) {
  switch (phrase.determiner) {
    case Determiner::kIndefinite:
      return {negated ? "de" : noun.feminine() ? "une" : "un"};
    case Determiner::kThis:
    case Determiner::kThat:
      return {Choose({before_vowel ? "cet" : "ce", "cette", "ces"}, noun)};
    case Determiner::kPossessive:
      return {Possessive(phrase.owner, noun, before_vowel)};
    case Determiner::kNumber:
      return {FrenchNumber(phrase.number, noun.gender)};
    case Determiner::kQuantity:
      return {phrase.quantity->french};
    case Determiner::kSeveral:
      return {"plusieurs"};
    case Determiner::kEvery:
      return {"chaque"};
    case Determiner::kAll:
      if (noun.plural) return {noun.feminine() ? "toutes les" : "tous les"};
      return {noun.feminine() ? "toute" : "tout", noun.feminine() ? "la" : "le"};
    case Determiner::kWhich:
      if (noun.plural) return {noun.feminine() ? "quelles" : "quels"};
      return {noun.feminine() ? "quelle" : "quel"};
    case Determiner::kHowMany:
      return {"combien de"};
    default:
      return {};
  }
}

Words DeterminerWords(const NounPhrase& phrase, const FrenchContext& context,
                      std::string_view next) {
  const Agreement noun = AgreementOf(phrase);
  const bool before_vowel = StartsWithVowel(next);
  if (phrase.determiner == Determiner::kDefinite) {
    return WithArticle(context.preposition, noun, before_vowel);
  }
  if (phrase.determiner == Determiner::kSome || phrase.determiner == Determiner::kBare) {
    return Partitive(phrase, context, noun, before_vowel);
  }
  Words words;
  Append(words, context.preposition);
  Append(words, PlainDeterminer(phrase, noun, before_vowel, context.negated));
  return words;
}

Words DescribedNoun(const NounPhrase& phrase) {
  const Agreement noun = AgreementOf(phrase);
  const std::string_view head = phrase.plural ? phrase.noun->french_plural : phrase.noun->french;
  Words words;
  if (phrase.determiner == Determiner::kDefinite && phrase.number > 0) {
    Append(words, FrenchNumber(phrase.number, noun.gender));
  }
  for (const Adjective* adjective : phrase.adjectives) {
    if (adjective->position != Position::kBefore) continue;
    const bool special = !adjective->before_vowel.empty() && !noun.plural && !noun.feminine() &&
                         StartsWithVowel(head);
    Append(words, special ? adjective->before_vowel : Inflect(*adjective, noun));
  }
  Append(words, head);
  for (const Adjective* adjective : phrase.adjectives) {
    if (adjective->position != Position::kBefore) Append(words, Inflect(*adjective, noun));
  }
  return words;
}

Words NounWords(const NounPhrase& phrase, const FrenchContext& context) {
  const Words described = DescribedNoun(phrase);
  Words words = DeterminerWords(phrase, context, described.front());
  Append(words, described);
  if (phrase.relative) {
    Append(words, "qui");
    Append(words, FrenchPredicate(*phrase.relative, AgreementOf(phrase)));
  }
  return words;
}

Words NameWords(const Few<const Name*, 2>& names, std::string_view preposition) {
  const bool repeated = preposition == "à" || EndsWithWord(preposition, "de");
  Words words;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) Append(words, "et");
    if (i == 0 || repeated) Append(words, preposition);
    Append(words, names[i]->text);
  }
  return words;
}

// « Il est boulanger », but « Il est un bon boulanger ».
Words ProfessionWords(const NounPhrase& phrase, Agreement subject) {
  NounPhrase noun = phrase;
  noun.kind = Kind::kNoun;
  noun.noun = subject.feminine() ? &phrase.profession->feminine : &phrase.profession->masculine;
  noun.plural = subject.plural;
  noun.determiner = subject.plural ? Determiner::kBare : Determiner::kIndefinite;
  return noun.adjectives.empty() ? DescribedNoun(noun) : NounWords(noun, {});
}

Words ClockWords(const ClockTime& time) {
  constexpr std::array<std::string_view, 4> kParts = {"", "du matin", "de l'après-midi", "du soir"};
  if (time.hour == 0) return {"minuit"};
  if (time.hour == 12) return {"midi"};
  Words words{FrenchNumber(time.hour, Gender::kFeminine), time.hour == 1 ? "heure" : "heures"};
  const int distance = std::abs(time.minutes);
  if (time.minutes < 0) Append(words, "moins");
  if (distance == 15) {
    Append(words, time.minutes < 0 ? "le quart" : "et quart");
  } else if (distance == 30) {
    Append(words, "et demie");
  } else if (distance > 0) {
    Append(words, FrenchNumber(distance, Gender::kFeminine));
  }
  Append(words, kParts[static_cast<size_t>(time.part)]);
  return words;
}

struct AdjunctWords {
  Words operator()(const Place& place) const {
    return FrenchPhrase(place.where, {.preposition = place.preposition->french});
  }
  Words operator()(const Town& town) const {
    return {town.way == Town::Way::kFrom ? town.region->french_from : town.region->french_in};
  }
  Words operator()(const TimePhrase* time) const { return {time->french}; }
  Words operator()(const ClockTime& time) const {
    Words words{"à"};
    Append(words, ClockWords(time));
    return words;
  }
  Words operator()(const Duration& duration) const {
    constexpr std::array<std::string_view, 3> kKinds = {"il y a", "dans", "pendant"};
    const Unit& unit = *duration.unit;
    return {kKinds[static_cast<size_t>(duration.kind)], FrenchNumber(duration.count, unit.gender),
            duration.count == 1 ? unit.french : unit.french_plural};
  }
  Words operator()(const Date& date) const {
    return {"le", date.day == 1 ? "premier" : FrenchNumber(date.day, Gender::kMasculine),
            date.month->french};
  }
};

// « meilleur » and « pire » are comparatives by themselves.
std::string Comparative(const Adjective& adjective, Agreement subject) {
  const std::string ending =
      std::string(subject.feminine() ? "e" : "") + (subject.plural ? "s" : "");
  if (adjective.masculine == "bon") return "meilleur" + ending;
  if (adjective.masculine == "mauvais") return subject.plural ? "pires" : "pire";
  return "plus " + std::string(Inflect(adjective, subject));
}

Words QualityWords(const Quality& quality, Agreement subject) {
  const std::string_view plain = Inflect(*quality.adjective, subject);
  Words words;
  switch (quality.degree) {
    case Degree::kPlain:
      return {plain};
    case Degree::kVery:
      return {"très", plain};
    case Degree::kTooMuch:
      return {"trop", plain};
    case Degree::kMore:
      words = {Comparative(*quality.adjective, subject)};
      break;
    case Degree::kLess:
      words = {"moins", plain};
      break;
    case Degree::kAsMuch:
      words = {"aussi", plain};
      break;
  }
  Append(words, "que");
  if (quality.than) Append(words, FrenchPhrase(*quality.than, {}));
  return words;
}

}  // namespace

std::string_view FrenchSubjectPronoun(Agreement who) {
  constexpr std::array<std::string_view, 6> kForms = {"je", "tu", "il", "nous", "vous", "ils"};
  if (who.person == 3 && who.feminine()) return who.plural ? "elles" : "elle";
  return kForms[who.row()];
}

Words FrenchPhrase(const NounPhrase& phrase, const FrenchContext& context) {
  Words words;
  switch (phrase.kind) {
    case Kind::kNoun:
      return NounWords(phrase, context);
    case Kind::kNames:
      return NameWords(phrase.names, context.preposition);
    case Kind::kPronoun:
      Append(words, context.preposition);
      Append(words, StrongPronoun(phrase.pronoun));
      return words;
    case Kind::kNobody:
      return {"personne"};
    default:
      return {"il"};
  }
}

Words FrenchAdjunct(const Adjunct& adjunct) { return std::visit(AdjunctWords(), adjunct); }

Words FrenchComplement(const Complement& complement, Agreement subject) {
  if (const auto* quality = std::get_if<Quality>(&complement)) {
    return QualityWords(*quality, subject);
  }
  if (const auto* phrase = std::get_if<NounPhrase>(&complement)) {
    return ProfessionWords(*phrase, subject);
  }
  if (const auto* time = std::get_if<ClockTime>(&complement)) return ClockWords(*time);
  if (const auto* years = std::get_if<int>(&complement)) {
    return {FrenchNumber(*years, Gender::kMasculine), *years == 1 ? "an" : "ans"};
  }
  return {};
}

}  // namespace ablate::phrasebook

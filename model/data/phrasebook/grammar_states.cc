#include <algorithm>
#include <array>

#include "model/data/phrasebook/grammar.h"

namespace ablate::phrasebook {
namespace {

using Kind = NounPhrase::Kind;

}  // namespace

// Something else of the same sort, or somebody else.
std::shared_ptr<const NounPhrase> Grammar::Standard(const NounPhrase& subject, Classes classes) {
  NounPhrase than;
  if (subject.kind == Kind::kNoun) {
    const Classes sort = subject.noun->classes & classes;
    const auto fits = [&](const Noun& noun) {
      return &noun != subject.noun && (noun.classes & sort) != 0;
    };
    if (std::none_of(Nouns().begin(), Nouns().end(), fits)) return nullptr;
    do {
      than = NounOf(sort, Role::kPlaceOf);
    } while (than.noun == subject.noun);
    return std::make_shared<NounPhrase>(than);
  }
  const auto same = [&] {
    if (than.kind == Kind::kPronoun) return than.pronoun.person == AgreementOf(subject).person;
    return than.kind == Kind::kNames && subject.kind == Kind::kNames &&
           than.names.front() == subject.names.front();
  };
  do {
    than = PersonPhrase(false, Use::kLinked);
  } while (same());
  return std::make_shared<NounPhrase>(than);
}

Quality Grammar::QualityOf(const Adjective& adjective, const Clause& clause) {
  constexpr std::array kDegrees = {Degree::kPlain, Degree::kVery, Degree::kTooMuch,
                                   Degree::kMore,  Degree::kLess, Degree::kAsMuch};
  constexpr std::array kWeights = {42, 18, 8, 18, 6, 8};
  Quality quality;
  quality.adjective = &adjective;
  if (!adjective.gradable() || clause.polarity == Polarity::kNoLonger) return quality;
  quality.degree = kDegrees[Weighted(kWeights)];
  if (quality.degree < Degree::kMore) return quality;
  quality.than = Standard(clause.subject, adjective.classes);
  if (!quality.than) quality.degree = Degree::kPlain;
  return quality;
}

Clause Grammar::QualityClause(Use use) {
  const Adjective& adjective = Pick(Adjectives());
  Clause clause;
  clause.verb = &kBe;
  do {
    clause.subject = SubjectOf(adjective.classes, true, use);
  } while (clause.subject.noun && !adjective.Describes(*clause.subject.noun));
  clause.subject.adjectives.clear();
  clause.tense = TenseOf(kBe, use);
  clause.polarity = PolarityOf(clause, use);
  const Quality quality = QualityOf(adjective, clause);
  clause.complement = quality;
  const bool passing = clause.tense != Tense::kPresent && quality.degree <= Degree::kVery;
  if (use != Use::kLinked && passing && Chance(30)) AddTime(clause);
  return clause;
}

Clause Grammar::WhereaboutsClause(Use use) {
  Clause clause;
  clause.verb = &kBe;
  const bool thing = Chance(25);
  do {
    clause.subject =
        thing ? NounOf(kThing, Role::kSubjectOf) : SubjectOf(kPerson | kTame, false, use);
  } while (thing && (clause.subject.noun->classes & kContainer) != 0);
  clause.tense = TenseOf(kBe, use);
  clause.polarity = PolarityOf(clause, use);
  const Noun* noun = clause.subject.noun;
  clause.adjuncts.push_back(NearbyPlace(noun ? noun->classes : kPerson));
  if (use == Use::kAlone) AddTime(clause);
  return clause;
}

Clause Grammar::ExistentialClause(Use use) {
  constexpr std::array kSaid = {Determiner::kIndefinite, Determiner::kNumber, Determiner::kSome,
                                Determiner::kSeveral, Determiner::kBare};
  constexpr std::array kDenied = {Determiner::kIndefinite, Determiner::kSome};
  Clause clause;
  clause.verb = &kThereIs;
  clause.subject.kind = Kind::kThere;
  clause.tense = TenseOf(kBe, use);
  clause.polarity = Chance(20) ? Polarity::kNot : Polarity::kAffirmative;
  const bool thing = Chance(50);
  const bool said = clause.polarity == Polarity::kAffirmative && use != Use::kQuestioned;
  clause.object =
      ThingIn(thing ? kThing | kFood : kPerson | kAnimal,
              said ? std::span<const Determiner>(kSaid) : std::span<const Determiner>(kDenied));
  if ((clause.object->noun->classes & kFamily) != 0) clause.object->noun = &FindNoun("child");
  if (use == Use::kAlone) AddRelative(*clause.object);
  if (!clause.object->relative)
    clause.adjuncts.push_back(NearbyPlace(clause.object->noun->classes));
  return clause;
}

Clause Grammar::ProfessionClause(Use use) {
  constexpr std::array<std::string_view, 5> kSorts = {"good", "bad", "famous", "young", "old"};
  Clause clause;
  clause.verb = &kBe;
  clause.subject = Chance(35) ? NounOf(kFamily, Role::kSubjectOf) : PersonPhrase(true, use);
  clause.tense = TenseOf(kBe, use);
  clause.polarity = PolarityOf(clause, use);
  NounPhrase profession;
  profession.kind = Kind::kProfession;
  profession.profession = &Pick(Professions());
  const bool pronoun = clause.subject.kind == Kind::kPronoun;
  if (!pronoun && clause.polarity == Polarity::kAffirmative && Chance(35)) {
    profession.adjectives.push_back(
        &FindAdjective(Pick(std::span<const std::string_view>(kSorts))));
  }
  clause.complement = profession;
  return clause;
}

Clause Grammar::AgeClause(Use use) {
  Clause clause;
  clause.verb = &kBeAged;
  do {
    clause.subject =
        Chance(40) ? NounOf(kFamily, Role::kSubjectOf) : SubjectOf(kPerson | kTame, false, use);
  } while (clause.subject.kind == Kind::kNobody);
  clause.tense = TenseOf(kBe, use);
  const Noun* noun = clause.subject.noun;
  const bool grown = noun && (noun->classes & kUnique) != 0;
  const bool pet = noun && (noun->classes & kAnimal) != 0;
  clause.complement = grown ? Between(40, 100) : pet ? Between(1, 20) : Between(2, 90);
  return clause;
}

Clause Grammar::PriceClause(Use use) {
  Clause clause = Started(VerbIn(Frame::kPrice), use);
  clause.object = NounPhrase{};
  clause.object->noun = &FindNoun("euro");
  clause.object->determiner = Determiner::kNumber;
  clause.object->number = Chance(85) ? Between(2, 100) : 10 * Between(11, 99);
  clause.object->plural = true;
  Settle(clause);
  return clause;
}

Clause Grammar::ClockClause() {
  Clause clause;
  clause.verb = &kBe;
  clause.subject.kind = Kind::kWeather;
  clause.complement = SomeClockTime(true);
  return clause;
}

Clause Grammar::WeatherClause(Use use) {
  Clause clause;
  clause.verb = &VerbIn(Frame::kWeather);
  clause.subject.kind = Kind::kWeather;
  clause.tense = TenseOf(*clause.verb, use);
  clause.polarity = PolarityOf(clause, use);
  if (Chance(60)) clause.adjuncts.push_back(SomeTown(Town::Way::kIn));
  AddTime(clause);
  return clause;
}

Clause Grammar::AnyClause(Use use) {
  constexpr std::array kFrames = {Frame::kTransitive, Frame::kDitransitive, Frame::kIntransitive,
                                  Frame::kMotion,     Frame::kOrigin,       Frame::kLocative,
                                  Frame::kPut};
  constexpr std::array kWeights = {34, 7, 18, 6, 2, 5, 4, 13, 5, 3, 2, 3};
  const size_t choice = Weighted(kWeights);
  if (choice < kFrames.size()) return ActionClause(use, VerbIn(kFrames[choice]));
  switch (choice - kFrames.size()) {
    case 0:
      return QualityClause(use);
    case 1:
      return WhereaboutsClause(use);
    case 2:
      return ProfessionClause(use);
    case 3:
      return AgeClause(use);
    default:
      return use == Use::kLinked ? QualityClause(use) : ExistentialClause(use);
  }
}

}  // namespace ablate::phrasebook

#include "model/data/phrasebook/grammar.h"

#include <algorithm>
#include <array>

namespace ablate::phrasebook {
namespace {

using Kind = NounPhrase::Kind;

bool IsPresent(Tense tense) { return tense == Tense::kPresent || tense == Tense::kProgressive; }
bool IsPast(Tense tense) { return tense == Tense::kPast || tense == Tense::kImperfect; }
bool IsFuture(Tense tense) { return tense == Tense::kFuture || tense == Tense::kNearFuture; }

bool GoTogether(Tense first, Tense second) {
  return (IsPresent(first) && IsPresent(second)) || (IsPast(first) && IsPast(second)) ||
         (IsFuture(first) && IsFuture(second));
}

bool IsOnePerson(const NounPhrase& phrase) {
  if (phrase.kind == Kind::kNames) return phrase.names.size() == 1;
  return phrase.kind == Kind::kNoun && !phrase.plural && (phrase.noun->classes & kPerson) != 0;
}

bool IsPerson(const NounPhrase& phrase) {
  return phrase.kind == Kind::kNames || phrase.kind == Kind::kPronoun ||
         (phrase.kind == Kind::kNoun && (phrase.noun->classes & kPerson) != 0);
}

// "they" and "them" stand for men unless something before them says otherwise.
bool HasThem(const Clause& clause) {
  const auto them = [](const NounPhrase& phrase) {
    return phrase.kind == Kind::kPronoun && phrase.pronoun.person == 3 && phrase.pronoun.plural;
  };
  return (clause.object && them(*clause.object)) || (clause.recipient && them(*clause.recipient));
}

NounPhrase BackReference(const NounPhrase& phrase) {
  NounPhrase pronoun;
  pronoun.kind = Kind::kPronoun;
  pronoun.pronoun = AgreementOf(phrase);
  pronoun.thing = !IsPerson(phrase);
  return pronoun;
}

}  // namespace

Sentence Grammar::Statement() {
  Sentence sentence;
  const int sort = Between(1, 100);
  sentence.clause = sort <= 2   ? ClockClause()
                    : sort <= 5 ? WeatherClause(Use::kAlone)
                    : sort <= 8 ? PriceClause(Use::kAlone)
                                : AnyClause(Use::kAlone);
  std::vector<Adjunct>& adjuncts = sentence.clause.adjuncts;
  const bool timed =
      !adjuncts.empty() && std::holds_alternative<const TimePhrase*>(adjuncts.back());
  if (timed && Chance(22)) {
    sentence.opening = adjuncts.back();
    adjuncts.pop_back();
  }
  return sentence;
}

Sentence Grammar::LinkedStatement() {
  constexpr std::array<std::string_view, 3> kLinks = {"and", ", but", "because"};
  Sentence sentence;
  sentence.link = &FindLink(Pick(std::span<const std::string_view>(kLinks)));
  Clause second;
  do {
    sentence.clause = AnyClause(Use::kLinked);
    second = AnyClause(Use::kLinked);
  } while (!GoTogether(sentence.clause.tense, second.tense) || HasThem(second) ||
           (second.verb == sentence.clause.verb && second.verb != &kBe));
  if (IsOnePerson(sentence.clause.subject) && IsPerson(second.subject) && Chance(55)) {
    second.subject = BackReference(sentence.clause.subject);
    Settle(second);
  }
  sentence.second = std::move(second);
  return sentence;
}

// "The car is old, but it is fast".
Sentence Grammar::SameSubject() {
  Sentence sentence;
  sentence.link = &FindLink(Chance(50) ? "and" : ", but");
  do {
    sentence.clause = QualityClause(Use::kLinked);
  } while (sentence.clause.subject.kind != Kind::kNoun);
  const Adjective* said = std::get<Quality>(sentence.clause.complement).adjective;
  const Noun& noun = *sentence.clause.subject.noun;
  Quality other;
  other.adjective = &PickWhere(
      Adjectives(), [&](const Adjective& adjective) { return adjective.Describes(noun); });
  if (other.adjective == said) return Statement();
  if (other.adjective->gradable() && Chance(40)) other.degree = Degree::kVery;
  sentence.second = sentence.clause;
  sentence.second->subject = BackReference(sentence.clause.subject);
  sentence.second->polarity = Chance(75) ? Polarity::kAffirmative : Polarity::kNot;
  sentence.second->complement = other;
  return sentence;
}

// "Marie is buying a car and she is going to sell it".
Sentence Grammar::SameObject() {
  Sentence sentence;
  sentence.link = &FindLink(Chance(50) ? "and" : ", but");
  const Clause first = ActionClause(Use::kLinked, VerbIn(Frame::kTransitive));
  const bool usable = first.object->kind == Kind::kNoun && !IsPerson(*first.object) &&
                      IsPerson(first.subject) && first.tense != Tense::kPerfect &&
                      first.tense != Tense::kRecent;
  if (!usable) return Statement();
  const auto fits = [&](const Verb& verb) {
    return verb.frame == Frame::kTransitive && verb.preposition.empty() &&
           verb.french != first.verb->french && (verb.subject & kPerson) != 0 &&
           (verb.object & first.object->noun->classes) != 0;
  };
  if (std::none_of(Verbs().begin(), Verbs().end(), fits)) return Statement();
  const Verb& verb = PickWhere(Verbs(), fits);
  Clause second;
  do {
    second = ActionClause(Use::kLinked, verb);
  } while (!GoTogether(first.tense, second.tense) || second.governor);
  second.subject = BackReference(first.subject);
  second.object = BackReference(*first.object);
  Settle(second);
  sentence.clause = first;
  sentence.second = std::move(second);
  return sentence;
}

Sentence Grammar::Report() {
  Sentence sentence;
  const bool said = Chance(25);
  sentence.clause.verb = said ? &FindVerb("say", Frame::kReport) : &VerbIn(Frame::kReport);
  sentence.clause.tense = said ? Tense::kPast : Tense::kPresent;
  sentence.clause.subject = PersonPhrase(false, Use::kLinked);
  sentence.link = &FindLink("that");
  Clause second;
  do {
    second = AnyClause(Use::kLinked);
  } while ((said && !IsPast(second.tense)) || HasThem(second));
  sentence.second = std::move(second);
  return sentence;
}

Sentence Grammar::YesNoQuestion() {
  Sentence sentence;
  sentence.mood = Mood::kQuestion;
  sentence.clause = Chance(6) ? WeatherClause(Use::kQuestioned) : AnyClause(Use::kQuestioned);
  Clause& clause = sentence.clause;
  const bool asks_leave = clause.governor && clause.governor->frame == Frame::kAuxiliary &&
                          clause.subject.kind == Kind::kPronoun && !clause.object;
  if (asks_leave) clause.subject.pronoun = {1, Chance(30), Gender::kMasculine};
  return sentence;
}

Sentence Grammar::ObjectQuestion() {
  constexpr std::array kAsking = {Determiner::kWhich, Determiner::kHowMany};
  Sentence sentence;
  sentence.asked = Asked::kObject;
  Clause& clause = sentence.clause;
  if (Chance(10)) {
    clause = ExistentialClause(Use::kAlone);
    clause.polarity = Polarity::kAffirmative;
    clause.object->determiner = Determiner::kHowMany;
    clause.object->relative = nullptr;
    clause.object->plural = !clause.object->noun->mass();
    if (clause.adjuncts.empty())
      clause.adjuncts.push_back(NearbyPlace(clause.object->noun->classes));
    return sentence;
  }
  do {
    clause = ActionClause(Use::kQuestioned, VerbIn(Frame::kTransitive));
  } while (!clause.verb->preposition.empty() || clause.verb->Has(kGeneric) ||
           clause.object->kind != Kind::kNoun || IsPerson(*clause.object) || clause.frequency ||
           (clause.object->noun->classes & kIdea) != 0);
  clause.polarity = Polarity::kAffirmative;
  if (Chance(45)) {
    clause.object.reset();
    return sentence;
  }
  NounPhrase& object = *clause.object;
  object.determiner = Pick(std::span<const Determiner>(kAsking));
  object.number = 0;
  if (object.noun->mass()) object.determiner = Determiner::kHowMany;
  if (object.determiner == Determiner::kHowMany) object.plural = !object.noun->mass();
  return sentence;
}

Sentence Grammar::PlaceOrTimeQuestion() {
  Sentence sentence;
  Clause& clause = sentence.clause;
  constexpr std::array kWeights = {40, 25, 15, 20};
  switch (Weighted(kWeights)) {
    case 0:
      sentence.asked = Asked::kWhere;
      if (Chance(30)) {
        clause = WhereaboutsClause(Use::kQuestioned);
        break;
      }
      do {
        clause = ActionClause(Use::kQuestioned,
                              VerbIn(Chance(40) ? Frame::kLocative : Frame::kTransitive));
      } while (clause.verb->frame == Frame::kTransitive && !clause.verb->Has(kPlaced));
      break;
    case 1:
      sentence.asked = Asked::kWhen;
      do {
        clause = ActionClause(Use::kQuestioned,
                              VerbIn(Chance(50) ? Frame::kIntransitive : Frame::kTransitive));
      } while (clause.verb->Has(kStative) || clause.frequency ||
               (!IsFuture(clause.tense) && clause.tense != Tense::kPast));
      break;
    case 2:
      sentence.asked = Asked::kWhatTime;
      do {
        clause = ActionClause(Use::kQuestioned, VerbIn(Frame::kIntransitive));
      } while (!clause.verb->Has(kTimed) || clause.frequency || clause.tense == Tense::kRecent ||
               clause.tense == Tense::kPerfect);
      break;
    default:
      sentence.asked = Asked::kWhy;
      clause = AnyClause(Use::kQuestioned);
      return sentence;
  }
  clause.polarity = Polarity::kAffirmative;
  clause.adjuncts.clear();
  clause.manner = nullptr;
  return sentence;
}

Sentence Grammar::ContentQuestion() {
  const int sort = Between(1, 100);
  Sentence sentence;
  if (sort <= 42) {
    sentence = ObjectQuestion();
  } else if (sort <= 84) {
    sentence = PlaceOrTimeQuestion();
  } else {
    sentence.asked = Asked::kSubject;
    do {
      sentence.clause = ActionClause(
          Use::kQuestioned, VerbIn(Chance(60) ? Frame::kTransitive : Frame::kIntransitive));
    } while (sentence.clause.verb->subject == kTransport);
    sentence.clause.subject = PronounOf({});
    sentence.clause.polarity = Polarity::kAffirmative;
  }
  sentence.mood = Mood::kQuestion;
  return sentence;
}

Sentence Grammar::Command() {
  constexpr std::array kFrames = {Frame::kTransitive, Frame::kIntransitive, Frame::kDitransitive,
                                  Frame::kMotion, Frame::kPut};
  constexpr std::array kWeights = {50, 18, 14, 6, 12};
  const Frame frame = kFrames[Weighted(kWeights)];
  const bool lets = Chance(22);
  Sentence sentence;
  Clause& clause = sentence.clause;
  do {
    clause = ActionClause(Use::kLinked, VerbIn(frame));
  } while (clause.verb->Has(kInvoluntary) || clause.governor);
  const NounPhrase* human = clause.recipient ? &*clause.recipient
                            : clause.object  ? &*clause.object
                                             : nullptr;
  clause.subject = PronounOf({lets ? 1 : 2, true, Gender::kMasculine});
  clause.tense = Tense::kPresent;
  clause.frequency = nullptr;
  if (clause.manner && clause.manner->inside) clause.manner = nullptr;
  const bool denied = clause.polarity != Polarity::kAffirmative;
  clause.polarity = !denied               ? Polarity::kAffirmative
                    : !lets && Chance(25) ? Polarity::kNever
                                          : Polarity::kNot;
  const bool own = human && human->kind == Kind::kPronoun && human->pronoun.person != 3 &&
                   (lets || human->pronoun.person == 2);
  if (own) {
    NounPhrase him = PronounOf({3, false, Gender::kMasculine});
    (clause.recipient ? clause.recipient : clause.object) = him;
  }
  sentence.mood = lets ? Mood::kLets : Mood::kImperative;
  return sentence;
}

Sentence Grammar::Draw() {
  const int sort = Between(1, 100);
  if (sort <= 55) return Statement();
  if (sort <= 62) return LinkedStatement();
  if (sort <= 66) return Chance(40) ? SameSubject() : SameObject();
  if (sort <= 69) return Report();
  if (sort <= 80) return YesNoQuestion();
  if (sort <= 91) return ContentQuestion();
  return Command();
}

}  // namespace ablate::phrasebook

#include <algorithm>
#include <array>

#include "model/data/phrasebook/english_morphology.h"
#include "model/data/phrasebook/french_verbs.h"
#include "model/data/phrasebook/grammar.h"

namespace ablate::phrasebook {
namespace {

using Kind = NounPhrase::Kind;

bool IsCompound(const Verb& verb, Tense tense) {
  return tense == Tense::kPerfect || (tense == Tense::kPast && !verb.Has(kStative));
}

// Whether the French participle shows the subject's gender and number, which "you" doesn't tell.
bool ShowsSubject(const Verb& verb, Tense tense) {
  return IsCompound(verb, tense) &&
         (verb.Has(kReflexive) || TakesEtre(verb.french.substr(0, verb.french.find(' '))));
}

bool IsCounted(Determiner determiner) {
  return determiner == Determiner::kNumber || determiner == Determiner::kSeveral ||
         determiner == Determiner::kQuantity;
}

bool IsVague(Determiner determiner) {
  return determiner == Determiner::kIndefinite || determiner == Determiner::kSome ||
         determiner == Determiner::kBare;
}

bool ReadsAlikeInPast(const Verb& verb) {
  const std::string_view head = verb.english.substr(0, verb.english.find(' '));
  return EnglishPast(head) == head;
}

}  // namespace

const Verb& Grammar::VerbIn(Frame frame) {
  return PickWhere(
      Verbs(), [&](const Verb& verb) { return verb.frame == frame; }, verbs_[frame]);
}

Tense Grammar::TenseOf(const Verb& verb, Use use) {
  constexpr std::array kTenses = {Tense::kPresent, Tense::kProgressive, Tense::kPast,
                                  Tense::kPerfect, Tense::kImperfect,   Tense::kRecent,
                                  Tense::kFuture,  Tense::kNearFuture};
  if (verb.Has(kPastOnly)) return Tense::kPast;
  if (verb.Has(kStative)) {
    constexpr std::array kWeights = {62, 0, 23, 0, 0, 0, 15, 0};
    return kTenses[Weighted(kWeights)];
  }
  std::array weights = {14, 18, 24, 8, 10, 5, 13, 8};
  if (verb.Has(kNoProgressive)) weights[1] = weights[4] = 0;
  if (use == Use::kQuestioned) weights[5] = 1;
  return kTenses[Weighted(weights)];
}

Polarity Grammar::PolarityOf(const Clause& clause, Use use) {
  constexpr std::array kPolarities = {Polarity::kAffirmative, Polarity::kNot, Polarity::kNever,
                                      Polarity::kNoLonger, Polarity::kNotYet};
  if (clause.subject.kind == Kind::kNobody || clause.tense == Tense::kRecent) {
    return Polarity::kAffirmative;
  }
  if (clause.governor && clause.governor->english == "have to") return Polarity::kAffirmative;
  if (use == Use::kQuestioned) {
    const bool first = clause.subject.kind == Kind::kPronoun && clause.subject.pronoun.row() == 0;
    return !first && Chance(10) ? Polarity::kNot : Polarity::kAffirmative;
  }
  std::array weights = {72, 18, 0, 0, 0};
  const bool simple = clause.tense == Tense::kPresent || clause.tense == Tense::kPast ||
                      clause.tense == Tense::kFuture || clause.tense == Tense::kPerfect;
  if (simple) weights[2] = 5;
  if (clause.tense == Tense::kPresent || clause.tense == Tense::kFuture) weights[3] = 5;
  if (clause.tense == Tense::kPerfect) weights[4] = 14;
  return kPolarities[Weighted(weights)];
}

// "wants to", "can" and the like. The verb's own tense gives way to an infinitive.
void Grammar::Govern(Clause& clause) {
  const Verb& verb = *clause.verb;
  if (verb.Has(kInvoluntary) || !Chance(14)) return;
  const bool skill = verb.Has(kSkilled);
  const auto fits = [&](const Verb& entry) {
    const bool taught = entry.english == "know how to" || entry.english == "learn to";
    return (entry.frame == Frame::kInfinitive || entry.frame == Frame::kAuxiliary) &&
           (!taught || skill);
  };
  const Verb& governor = PickWhere(Verbs(), fits, governors_[skill ? 1 : 0]);
  clause.governor = &governor;
  if (governor.frame == Frame::kInfinitive) {
    clause.tense = TenseOf(governor, Use::kQuestioned);
    if (clause.tense == Tense::kNearFuture || clause.tense == Tense::kRecent) {
      clause.tense = Tense::kPresent;
    }
    return;
  }
  const bool past = governor.english == "can" && Chance(35);
  clause.tense = past ? Tense::kPast : Tense::kPresent;
}

Clause Grammar::Started(const Verb& verb, Use use) {
  Clause clause;
  clause.verb = &verb;
  clause.tense = TenseOf(verb, use);
  if (verb.frame != Frame::kWeather && verb.frame != Frame::kPrice) Govern(clause);
  const bool agreeing = !clause.governor && ShowsSubject(verb, clause.tense);
  clause.subject = SubjectOf(clause.governor ? kPerson : verb.subject, agreeing, use);
  clause.polarity = PolarityOf(clause, use);
  return clause;
}

NounPhrase Grammar::PronounObject(const Clause& clause) {
  const Agreement who = AnyPerson();
  const bool third = who.person == 3;
  const bool shown = IsCompound(*clause.verb, clause.tense) && clause.verb->preposition.empty();
  const bool own = clause.subject.kind == Kind::kPronoun &&
                   clause.subject.pronoun.person == who.person && !third;
  const Gender other = Chance(50) ? Gender::kMasculine : Gender::kFeminine;
  return PronounOf((shown && !third) || own ? Agreement{3, false, other} : who);
}

NounPhrase Grammar::NameObject(const Clause& clause) {
  const Few<const Name*, 2>& taken = clause.subject.names;
  NounPhrase phrase;
  do {
    phrase = NamesOf(1);
  } while (std::find(taken.begin(), taken.end(), phrase.names.front()) != taken.end());
  return phrase;
}

// Gives way to a plain article where the clause would be odd with the determiner that was drawn.
void Grammar::Fit(NounPhrase& object, const Clause& clause) {
  constexpr std::array kWholeKind = {Determiner::kDefinite, Determiner::kPossessive,
                                     Determiner::kThis, Determiner::kBare};
  if (clause.verb->Has(kGeneric) && (object.noun->classes & kFamily) == 0) {
    object.determiner = Pick(std::span<const Determiner>(kWholeKind));
    object.number = 0;
    if (object.determiner == Determiner::kBare) object.plural = !object.noun->mass();
  }
  const bool denied =
      clause.polarity != Polarity::kAffirmative || clause.subject.kind == Kind::kNobody;
  const bool wish = clause.governor && (clause.governor->frame == Frame::kAuxiliary ||
                                        clause.governor->french == "vouloir");
  const bool too_many =
      IsCounted(object.determiner) && (denied || !clause.verb->preposition.empty());
  const bool too_vague =
      IsVague(object.determiner) && denied && clause.governor != nullptr && !wish;
  if (!too_many && !too_vague) return;
  object.determiner = Determiner::kDefinite;
  object.number = 0;
}

NounPhrase Grammar::ObjectOf(const Clause& clause) {
  const bool free =
      clause.tense != Tense::kRecent && (!clause.governor || clause.governor->preposition.empty());
  const bool person = (clause.verb->object & kPerson) != 0;
  if (person && free && Chance(22)) return PronounObject(clause);
  if (person && Chance(20)) return NameObject(clause);
  NounPhrase object;
  do {
    object = NounOf(clause.verb->object, Role::kObjectOf);
  } while (object.noun == clause.subject.noun);
  Fit(object, clause);
  return object;
}

// "gives her the book": bare objects would read as hers.
void Grammar::AddRecipient(Clause& clause) {
  if (clause.object->determiner == Determiner::kBare && !clause.object->noun->mass()) {
    clause.object->determiner = Determiner::kDefinite;
  }
  Clause thanks = clause;
  static const Verb& thank = FindVerb("thank", Frame::kTransitive);
  thanks.verb = &thank;
  clause.recipient = ObjectOf(thanks);
  const bool bare = clause.object->determiner == Determiner::kBare;
  if (bare && clause.recipient->kind == Kind::kPronoun) clause.recipient = NameObject(clause);
}

void Grammar::AddAdverbs(Clause& clause) {
  const bool plain = clause.polarity == Polarity::kAffirmative;
  const Verb& finite = clause.governor ? *clause.governor : *clause.verb;
  const bool habitual = clause.tense == Tense::kPresent && plain && !finite.Has(kLasting) &&
                        finite.frame != Frame::kAuxiliary && !finite.Has(kStative);
  if (habitual && Chance(30)) {
    clause.frequency = &Pick(FrequencyAdverbs());
    return;
  }
  constexpr Traits kDone = kSkilled | kMeasured | kPaced | kTimed;
  if (clause.governor || clause.tense == Tense::kRecent || !clause.verb->Has(kDone)) return;
  if (!plain && clause.polarity != Polarity::kNot) return;
  if (!Chance(35)) return;
  clause.manner = &PickWhere(MannerAdverbs(),
                             [&](const Adverb& adverb) { return clause.verb->Has(adverb.verbs); });
}

void Grammar::AddPlace(Clause& clause) {
  if (clause.verb->Has(kPlaced) && Chance(28)) clause.adjuncts.push_back(SomePlace());
}

void Grammar::AddTime(Clause& clause) {
  const bool settled =
      clause.polarity == Polarity::kAffirmative || clause.polarity == Polarity::kNot;
  const Verb& finite = clause.governor ? *clause.governor : *clause.verb;
  if (!settled || finite.Has(kLasting) || clause.frequency || !Chance(40)) return;
  if (clause.governor) {
    if (finite.frame == Frame::kAuxiliary && clause.tense == Tense::kPresent) {
      clause.adjuncts.push_back(TimeIn(kFutureTime));
    }
    return;
  }
  if (const std::optional<Adjunct> time = TimeFor(clause)) clause.adjuncts.push_back(*time);
}

// "They read" is present or past; only the perfect says which.
void Grammar::Settle(Clause& clause) {
  if (clause.governor || clause.tense != Tense::kPast) return;
  if (!ReadsAlikeInPast(*clause.verb)) return;
  const Agreement subject = AgreementOf(clause.subject);
  if (subject.person == 3 && !subject.plural) return;
  clause.tense = clause.verb->Has(kStative) ? Tense::kPresent : Tense::kPerfect;
}

void Grammar::AddRelative(NounPhrase& phrase) {
  if (phrase.kind != Kind::kNoun || (phrase.noun->classes & kFamily) != 0) return;
  const Classes who = phrase.noun->classes & (kPerson | kAnimal);
  if (who == 0 || !Chance(12)) return;
  auto relative = std::make_shared<Clause>();
  relative->verb = &PickWhere(Verbs(), [&](const Verb& verb) {
    return verb.frame == Frame::kTransitive && (verb.subject & who) != 0 && !verb.Has(kStative) &&
           verb.preposition.empty();
  });
  do {
    relative->object = NounOf(relative->verb->object, Role::kObjectOf);
  } while (relative->object->noun == phrase.noun);
  relative->object->adjectives.clear();
  phrase.relative = std::move(relative);
}

// What the verb can't do without.
void Grammar::Complete(Clause& clause) {
  switch (clause.verb->frame) {
    case Frame::kDitransitive:
      clause.object = ObjectOf(clause);
      AddRecipient(clause);
      break;
    case Frame::kPut:
      clause.object = ObjectOf(clause);
      do {
        clause.adjuncts = {PlaceAdjunct(kSurface | kContainer)};
      } while (std::get<Place>(clause.adjuncts.front()).where.noun == clause.object->noun);
      break;
    case Frame::kTransitive:
      clause.object = ObjectOf(clause);
      break;
    case Frame::kMotion:
      clause.adjuncts.push_back(Destination());
      break;
    case Frame::kOrigin:
      clause.adjuncts.push_back(SomeTown(Town::Way::kFrom));
      break;
    case Frame::kLocative:
      clause.adjuncts.push_back(clause.verb->english == "live" ? HomePlace() : SomePlace());
      break;
    default:
      break;
  }
}

Clause Grammar::ActionClause(Use use, const Verb& verb) {
  Clause clause = Started(verb, use);
  Complete(clause);
  if (use == Use::kAlone && verb.frame == Frame::kIntransitive) AddRelative(clause.subject);
  if (verb.frame == Frame::kTransitive || verb.frame == Frame::kIntransitive) AddAdverbs(clause);
  if (use != Use::kLinked) {
    AddPlace(clause);
    AddTime(clause);
  }
  Settle(clause);
  return clause;
}

}  // namespace ablate::phrasebook

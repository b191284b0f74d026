#include <array>

#include "model/data/phrasebook/grammar.h"

namespace ablate::phrasebook {
namespace {

using Kind = NounPhrase::Kind;

constexpr std::array<Agreement, 6> kPersons = {{{1, false, Gender::kMasculine},
                                                {2, true, Gender::kMasculine},
                                                {3, false, Gender::kMasculine},
                                                {3, false, Gender::kFeminine},
                                                {1, true, Gender::kMasculine},
                                                {3, true, Gender::kMasculine}}};

bool NeedsPlural(Determiner determiner) {
  return determiner == Determiner::kNumber || determiner == Determiner::kSeveral ||
         determiner == Determiner::kSome || determiner == Determiner::kBare ||
         determiner == Determiner::kAll;
}

bool NeedsSingular(Determiner determiner) {
  return determiner == Determiner::kIndefinite || determiner == Determiner::kEvery;
}

}  // namespace

size_t Grammar::Weighted(std::span<const int> weights) {
  int total = 0;
  for (int weight : weights) total += weight;
  int left = static_cast<int>(random_.Below(static_cast<uint64_t>(total)));
  for (size_t i = 0; i < weights.size(); ++i) {
    left -= weights[i];
    if (left < 0) return i;
  }
  return 0;
}

Agreement Grammar::AnyPerson() { return Pick(std::span<const Agreement>(kPersons)); }

NounPhrase Grammar::PronounOf(Agreement who) {
  NounPhrase phrase;
  phrase.kind = Kind::kPronoun;
  phrase.pronoun = who;
  return phrase;
}

NounPhrase Grammar::NamesOf(int count) {
  NounPhrase phrase;
  phrase.kind = Kind::kNames;
  phrase.names.push_back(&Pick(Names()));
  while (static_cast<int>(phrase.names.size()) < count) {
    const Name* name = &Pick(Names());
    if (name != phrase.names.front()) phrase.names.push_back(name);
  }
  return phrase;
}

void Grammar::DetermineFamily(NounPhrase& phrase) {
  phrase.determiner = Determiner::kPossessive;
  phrase.owner = AnyPerson();
  phrase.plural = (phrase.noun->classes & kUnique) == 0 && Chance(25);
}

void Grammar::DetermineMass(NounPhrase& phrase, Role role) {
  constexpr std::array kChoices = {
      Determiner::kDefinite, Determiner::kPossessive, Determiner::kThis, Determiner::kBare,
      Determiner::kSome,     Determiner::kQuantity,   Determiner::kAll};
  constexpr std::array kSubjectWeights = {60, 20, 20, 0, 0, 0, 0};
  constexpr std::array kObjectWeights = {24, 8, 8, 28, 12, 16, 4};
  phrase.determiner =
      kChoices[Weighted(role == Role::kObjectOf ? kObjectWeights : kSubjectWeights)];
  if (phrase.determiner != Determiner::kQuantity) return;
  const Classes classes = phrase.noun->classes;
  if ((classes & (kFood | kDrink)) == 0) {
    phrase.determiner = Determiner::kDefinite;
    return;
  }
  phrase.quantity = &PickWhere(Quantities(), [&](const Quantity& entry) {
    return (entry.classes & classes) != 0 && !entry.english_mass.empty();
  });
}

void Grammar::Determine(NounPhrase& phrase, Role role) {
  constexpr std::array kChoices = {
      Determiner::kDefinite,   Determiner::kPossessive, Determiner::kThis, Determiner::kThat,
      Determiner::kIndefinite, Determiner::kEvery,      Determiner::kAll,  Determiner::kNumber,
      Determiner::kSeveral,    Determiner::kSome,       Determiner::kBare, Determiner::kQuantity};
  constexpr std::array kSubjectWeights = {42, 18, 9, 4, 9, 3, 4, 6, 2, 0, 0, 0};
  constexpr std::array kObjectWeights = {26, 13, 7, 3, 25, 0, 3, 8, 2, 4, 6, 3};
  constexpr std::array kPlaceWeights = {86, 8, 4, 2, 0, 0, 0, 0, 0, 0, 0, 0};
  phrase.owner = AnyPerson();
  phrase.determiner = kChoices[Weighted(role == Role::kSubjectOf  ? kSubjectWeights
                                        : role == Role::kObjectOf ? kObjectWeights
                                                                  : kPlaceWeights)];
  const bool shared = (phrase.noun->classes & (kAtPlace | kCrossed | kTransport)) != 0;
  if (shared && phrase.determiner == Determiner::kPossessive) {
    phrase.determiner = Determiner::kDefinite;
  }
  phrase.plural = role != Role::kPlaceOf && Chance(25);
  if (NeedsPlural(phrase.determiner)) phrase.plural = true;
  if (NeedsSingular(phrase.determiner)) phrase.plural = false;
  const bool many = role == Role::kObjectOf && (phrase.noun->classes & (kFood | kThing)) != 0;
  if (phrase.determiner == Determiner::kNumber) {
    phrase.number = many && Chance(40) ? Between(13, 100) : Between(2, 12);
  }
  if (phrase.determiner == Determiner::kDefinite && phrase.plural && Chance(15)) {
    phrase.number = Between(2, 6);
  }
  if (phrase.determiner != Determiner::kQuantity) return;
  phrase.plural = true;
  const Classes classes = phrase.noun->classes;
  phrase.quantity = &PickWhere(Quantities(), [&](const Quantity& entry) {
    return !entry.english_plural.empty() &&
           ((entry.classes & classes) != 0 || entry.french == "beaucoup de");
  });
}

const std::vector<const Adjective*>& Grammar::AdjectivesOf(const Noun& noun, Position position) {
  const auto [known, added] = adjectives_.try_emplace({&noun, position});
  if (added) {
    for (const Adjective& entry : Adjectives()) {
      if (entry.position == position && entry.Describes(noun)) known->second.push_back(&entry);
    }
  }
  return known->second;
}

void Grammar::Describe(NounPhrase& phrase, int percent) {
  if (!Chance(percent)) return;
  const bool both = Chance(18);
  const bool before = Chance(50);
  for (const Position position : {Position::kBefore, Position::kAfter}) {
    if (!both && before != (position == Position::kBefore)) continue;
    const auto& fitting = AdjectivesOf(*phrase.noun, position);
    if (!fitting.empty()) phrase.adjectives.push_back(Pick(std::span(fitting)));
  }
}

NounPhrase Grammar::NounOf(Classes classes, Role role) {
  NounPhrase phrase;
  phrase.noun = &PickWhere(
      Nouns(), [&](const Noun& noun) { return (noun.classes & classes) != 0; }, nouns_[classes]);
  if ((phrase.noun->classes & kFamily) != 0) {
    DetermineFamily(phrase);
  } else if (phrase.noun->mass()) {
    DetermineMass(phrase, role);
  } else {
    Determine(phrase, role);
  }
  const bool family = (phrase.noun->classes & kFamily) != 0;
  Describe(phrase, family ? 0 : role == Role::kPlaceOf ? 10 : 24);
  return phrase;
}

NounPhrase Grammar::ThingIn(Classes classes, std::span<const Determiner> determiners) {
  NounPhrase phrase = NounOf(classes, Role::kObjectOf);
  phrase.number = 0;
  phrase.determiner = Pick(determiners);
  const bool mass = phrase.noun->mass();
  if (mass && !NeedsPlural(phrase.determiner)) phrase.determiner = Determiner::kBare;
  if (mass && phrase.determiner != Determiner::kBare) phrase.determiner = Determiner::kSome;
  phrase.plural = !mass && NeedsPlural(phrase.determiner);
  if (phrase.determiner == Determiner::kNumber) phrase.number = Between(2, 20);
  return phrase;
}

NounPhrase Grammar::PersonPhrase(bool agreeing, Use use) {
  constexpr std::array kWeights = {42, 22, 4, 2, 30};  // pronoun, name, two names, nobody, noun
  switch (Weighted(kWeights)) {
    case 0: {
      Agreement who = AnyPerson();
      const bool they = who.person == 3 && who.plural;
      const bool refused = (agreeing && who.person == 2) || (use == Use::kLinked && they) ||
                           (use == Use::kQuestioned && who.row() == 0);
      if (refused) who = kPersons[2 + random_.Below(2)];
      return PronounOf(who);
    }
    case 1:
      return NamesOf(1);
    case 2:
      return NamesOf(2);
    case 3:
      if (use == Use::kAlone) {
        NounPhrase nobody;
        nobody.kind = Kind::kNobody;
        return nobody;
      }
      return NamesOf(1);
    default:
      return NounOf(kPerson, Role::kSubjectOf);
  }
}

NounPhrase Grammar::SubjectOf(Classes classes, bool agreeing, Use use) {
  if ((classes & kPerson) != 0 && (classes == kPerson || Chance(70))) {
    return PersonPhrase(agreeing, use);
  }
  const Classes others = classes & ~kPerson;
  return NounOf(others == 0 ? classes : others, Role::kSubjectOf);
}

Adjunct Grammar::PlaceAdjunct(Classes where) {
  Place place;
  place.where = NounOf(where, Role::kPlaceOf);
  const Classes classes = place.where.noun->classes & where;
  place.preposition = &PickWhere(Prepositions(), [&](const Preposition& entry) {
    return (entry.places & classes) != 0 && entry.english != "to" && entry.english != "into";
  });
  return place;
}

Adjunct Grammar::SomeTown(Town::Way way) { return Town{&Pick(Regions()), way}; }

Adjunct Grammar::SomePlace() {
  if (Chance(25)) return SomeTown(Town::Way::kIn);
  Place place;
  place.where = NounOf(kAtPlace | kInPlace, Role::kPlaceOf);
  const bool at = (place.where.noun->classes & kAtPlace) != 0;
  place.preposition = &FindPreposition(at ? "at" : "in");
  return place;
}

Adjunct Grammar::HomePlace() {
  if (Chance(50)) return SomeTown(Town::Way::kIn);
  return Place{&FindPreposition("in"), NounOf(kHome, Role::kPlaceOf)};
}

Adjunct Grammar::Destination() {
  if (Chance(35)) return SomeTown(Town::Way::kTo);
  Place place;
  place.where = NounOf(Chance(80) ? kAtPlace : kInPlace, Role::kPlaceOf);
  const bool at = (place.where.noun->classes & kAtPlace) != 0;
  place.preposition = &FindPreposition(at ? "to" : "into");
  return place;
}

// Where somebody or something is: things lie about, animals stay out of museums.
Adjunct Grammar::NearbyPlace(Classes who) {
  if ((who & kAnimal) != 0) return PlaceAdjunct(kInPlace | kLandmark | kSurface);
  if ((who & kPerson) == 0) return PlaceAdjunct(kSurface | kContainer);
  return Chance(60) ? SomePlace() : PlaceAdjunct(kBuilding | kLandmark | kVehicle | kCrossed);
}

ClockTime Grammar::SomeClockTime(bool with_part) {
  ClockTime time;
  if (Chance(6)) {
    time.hour = Chance(50) ? 0 : 12;
    return time;
  }
  time.hour = Between(1, 11);
  time.minutes = Chance(35) ? 0 : 5 * Between(-5, 6);
  if (!with_part || !Chance(30)) return time;
  if (time.hour >= 6) {
    time.part = Chance(50) ? ClockTime::Part::kMorning : ClockTime::Part::kEvening;
  } else {
    time.part = Chance(50) ? ClockTime::Part::kMorning : ClockTime::Part::kAfternoon;
  }
  return time;
}

const TimePhrase* Grammar::TimeIn(Times times) {
  return &PickWhere(
      TimePhrases(), [&](const TimePhrase& entry) { return (entry.times & times) != 0; },
      times_[times]);
}

// A time that goes with the clause's tense, where one does.
std::optional<Adjunct> Grammar::TimeFor(const Clause& clause) {
  const bool stative = clause.verb->Has(kStative);
  const bool exact = !stative && Chance(25);
  switch (clause.tense) {
    case Tense::kProgressive:
      return TimeIn(kNow);
    case Tense::kPresent:
      if (exact) return SomeClockTime(true);
      return stative ? std::optional<Adjunct>(TimeIn(kNow)) : TimeIn(kHabit);
    case Tense::kImperfect:
      return TimeIn(kPastTime);
    case Tense::kPast:
      if (!stative && clause.verb->Has(kMeasured) && Chance(40)) {
        return Duration{Duration::Kind::kFor, Between(1, 12),
                        &FindUnit(Chance(50) ? "hour" : "minute")};
      }
      if (exact && Chance(50))
        return Duration{Duration::Kind::kAgo, Between(1, 12), &Pick(TimeUnits())};
      if (exact) return Date{Between(1, 28), &Pick(Months())};
      return TimeIn(kPastTime);
    case Tense::kFuture:
    case Tense::kNearFuture:
      if (exact && Chance(40))
        return Duration{Duration::Kind::kIn, Between(1, 12), &Pick(TimeUnits())};
      if (exact && Chance(50)) return SomeClockTime(true);
      if (exact) return Date{Between(1, 28), &Pick(Months())};
      return TimeIn(kFutureTime);
    default:
      return std::nullopt;
  }
}

}  // namespace ablate::phrasebook

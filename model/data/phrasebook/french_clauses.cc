#include "model/data/phrasebook/french_clauses.h"

#include <array>

#include "model/data/phrasebook/french_phrases.h"
#include "model/data/phrasebook/french_verbs.h"

namespace ablate::phrasebook {
namespace {

using Kind = NounPhrase::Kind;

constexpr std::array<std::string_view, 6> kReflexives = {"me", "te", "se", "nous", "vous", "se"};
constexpr std::array<std::string_view, 6> kIndirect = {"me", "te", "lui", "nous", "vous", "leur"};

struct VerbParts {
  std::string_view head;  // the infinitive alone
  std::string_view tail;
};

VerbParts Parts(const Verb& verb) {
  std::string_view text = verb.french;
  if (verb.Has(kReflexive)) text.remove_prefix(text.starts_with("s'") ? 2 : 3);
  const size_t blank = text.find(' ');
  if (blank == text.npos) return {text, {}};
  return {text.substr(0, blank), text.substr(blank + 1)};
}

std::string_view DirectPronoun(Agreement who) {
  constexpr std::array<std::string_view, 6> kForms = {"me", "te", "le", "nous", "vous", "les"};
  return who.row() == 2 && who.feminine() ? "la" : kForms[who.row()];
}

bool IsPronoun(const std::optional<NounPhrase>& phrase) {
  return phrase && phrase->kind == Kind::kPronoun;
}

bool HasDirectClitic(const Clause& clause) {
  return IsPronoun(clause.object) && clause.verb->preposition.empty();
}

bool HasClitic(const Clause& clause) {
  return IsPronoun(clause.object) && clause.verb->preposition != "de";
}

Words Clitics(const Clause& clause, Agreement subject) {
  Words words;
  if (clause.verb->Has(kReflexive)) Append(words, kReflexives[subject.row()]);
  if (HasClitic(clause)) {
    const Agreement object = clause.object->pronoun;
    Append(words, HasDirectClitic(clause) ? DirectPronoun(object) : kIndirect[object.row()]);
  }
  if (IsPronoun(clause.recipient)) Append(words, kIndirect[clause.recipient->pronoun.row()]);
  if (clause.verb->frame == Frame::kExistential) Append(words, "y");
  return words;
}

bool IsNegative(const Clause& clause) {
  return clause.polarity != Polarity::kAffirmative || clause.subject.kind == Kind::kNobody;
}

// The second word of the negation; « personne » needs none.
std::string_view NegationWord(Polarity polarity) {
  switch (polarity) {
    case Polarity::kNot:
      return "pas";
    case Polarity::kNever:
      return "jamais";
    case Polarity::kNoLonger:
      return "plus";
    case Polarity::kNotYet:
      return "pas encore";
    case Polarity::kAffirmative:
      return "";
  }
  return "";
}

// What stands between the finite verb and a participle or an infinitive.
Words Inside(const Clause& clause) {
  Words words;
  Append(words, NegationWord(clause.polarity));
  if (clause.frequency) Append(words, clause.frequency->french);
  if (clause.manner && clause.manner->inside) Append(words, clause.manner->french);
  return words;
}

bool IsCompound(const Verb& finite, Tense tense) {
  return tense == Tense::kPerfect || (tense == Tense::kPast && !finite.Has(kStative));
}

FrenchTense SimpleTense(const Verb& finite, Tense tense) {
  if (finite.english == "would like to") return FrenchTense::kConditionnel;
  switch (tense) {
    case Tense::kPast:
    case Tense::kImperfect:
      return FrenchTense::kImparfait;
    case Tense::kFuture:
      return FrenchTense::kFutur;
    default:
      return FrenchTense::kPresent;
  }
}

// The compound tense of `verb`: the auxiliary is returned, the participle appended to `participle`.
std::string Compound(const Verb& verb, Agreement subject, const Agreement* object,
                     Words& participle) {
  const std::string_view head = Parts(verb).head;
  const bool etre = verb.Has(kReflexive) || TakesEtre(head);
  const Agreement with = etre ? subject : object ? *object : Agreement{};
  Append(participle, FrenchParticiple(head, with.gender, with.plural));
  return ConjugateFrench(etre ? "être" : "avoir", FrenchTense::kPresent, subject.row());
}

// « manger du pain » after another verb, its pronouns before it.
Words InfinitiveWords(const Clause& clause, Agreement subject) {
  Words words = Clitics(clause, subject);
  Append(words, Parts(*clause.verb).head);
  Append(words, Parts(*clause.verb).tail);
  return words;
}

// « veut manger », « a décidé de manger »
void AddGoverned(const Clause& clause, Agreement subject, FrenchVerbGroup& group) {
  const Verb& governor = *clause.governor;
  const VerbParts parts = Parts(governor);
  Words participle;
  group.finite =
      IsCompound(governor, clause.tense)
          ? Compound(governor, subject, nullptr, participle)
          : ConjugateFrench(parts.head, SimpleTense(governor, clause.tense), subject.row());
  Append(group.after, Inside(clause));
  Append(group.after, participle);
  Append(group.after, parts.tail);
  Append(group.after, governor.preposition);
  Append(group.after, InfinitiveWords(clause, subject));
}

// « va manger », « vient de manger »
void AddPeriphrase(const Clause& clause, Agreement subject, FrenchVerbGroup& group) {
  const bool recent = clause.tense == Tense::kRecent;
  group.finite = ConjugateFrench(recent ? "venir" : "aller", FrenchTense::kPresent, subject.row());
  Append(group.after, Inside(clause));
  if (recent) Append(group.after, "de");
  Append(group.after, InfinitiveWords(clause, subject));
}

void AddFinite(const Clause& clause, Agreement subject, const NounPhrase* fronted,
               FrenchVerbGroup& group) {
  const Verb& verb = *clause.verb;
  Append(group.before, Clitics(clause, subject));
  Words participle;
  if (IsCompound(verb, clause.tense)) {
    Agreement object;
    if (HasDirectClitic(clause)) object = clause.object->pronoun;
    if (fronted) object = AgreementOf(*fronted);
    group.finite = Compound(verb, subject, &object, participle);
  } else {
    group.finite =
        ConjugateFrench(Parts(verb).head, SimpleTense(verb, clause.tense), subject.row());
  }
  Append(group.after, Inside(clause));
  Append(group.after, participle);
  Append(group.after, Parts(verb).tail);
}

Words ObjectWords(const Clause& clause) {
  const std::string_view preposition = clause.verb->preposition;
  return FrenchPhrase(*clause.object, {.preposition = preposition,
                                       .negated = IsNegative(clause) && preposition.empty(),
                                       .generic = clause.verb->Has(kGeneric)});
}

}  // namespace

FrenchVerbGroup MakeFrenchVerbGroup(const Clause& clause, Agreement subject,
                                    const NounPhrase* fronted) {
  FrenchVerbGroup group;
  if (IsNegative(clause)) Append(group.before, "ne");
  if (clause.governor) {
    AddGoverned(clause, subject, group);
  } else if (clause.tense == Tense::kNearFuture || clause.tense == Tense::kRecent) {
    AddPeriphrase(clause, subject, group);
  } else {
    AddFinite(clause, subject, fronted, group);
  }
  return group;
}

Words FrenchImperative(const Clause& clause) {
  const Agreement subject = clause.subject.pronoun;
  const VerbParts parts = Parts(*clause.verb);
  std::string verb = ConjugateFrench(parts.head, FrenchTense::kImperative, subject.row());
  const Words clitics = Clitics(clause, subject);
  Words words;
  if (IsNegative(clause)) {
    Append(words, "ne");
    Append(words, clitics);
  } else {
    for (size_t i = 0; i < clitics.size(); ++i) {
      (verb += '-') += clitics[i] == "me" ? "moi" : clitics[i];
    }
  }
  Append(words, verb);
  Append(words, Inside(clause));
  Append(words, parts.tail);
  return words;
}

Words FrenchAfterVerb(const Clause& clause, Agreement subject, bool object_fronted) {
  Words words;
  if (clause.object && !object_fronted && !HasClitic(clause)) Append(words, ObjectWords(clause));
  if (clause.recipient && !IsPronoun(clause.recipient)) {
    Append(words, FrenchPhrase(*clause.recipient, {.preposition = "à"}));
  }
  Append(words, FrenchComplement(clause.complement, subject));
  if (clause.manner && !clause.manner->inside) Append(words, clause.manner->french);
  for (const Adjunct& adjunct : clause.adjuncts) Append(words, FrenchAdjunct(adjunct));
  return words;
}

Words FrenchPredicate(const Clause& clause, Agreement subject) {
  const FrenchVerbGroup group = MakeFrenchVerbGroup(clause, subject, nullptr);
  Words words = group.before;
  Append(words, group.finite);
  Append(words, group.after);
  Append(words, FrenchAfterVerb(clause, subject, false));
  return words;
}

}  // namespace ablate::phrasebook

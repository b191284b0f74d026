#include "model/data/phrasebook/french.h"

#include "model/data/phrasebook/french_clauses.h"
#include "model/data/phrasebook/french_phrases.h"

namespace ablate::phrasebook {
namespace {

using Kind = NounPhrase::Kind;

Words SubjectWords(const NounPhrase& subject) {
  if (subject.kind == Kind::kPronoun) return {FrenchSubjectPronoun(subject.pronoun)};
  return FrenchPhrase(subject, {.generic = true});
}

Words StatementWords(const Clause& clause) {
  Words words = SubjectWords(clause.subject);
  Append(words, FrenchPredicate(clause, AgreementOf(clause.subject)));
  return words;
}

// « parle-t-il », « prend-elle »
std::string Inverted(const std::string& finite, Agreement subject) {
  const bool open = finite.ends_with("a") || finite.ends_with("e");
  const bool third = subject.person == 3 && !subject.plural;
  return finite + (open && third ? "-t-" : "-") + std::string(FrenchSubjectPronoun(subject));
}

// A pronoun other than "je" can be inverted with the verb; everything else is asked with "est-ce
// que".
bool Inverts(const NounPhrase& subject) {
  if (subject.kind == Kind::kPronoun) return subject.pronoun.row() != 0;
  return subject.kind == Kind::kWeather || subject.kind == Kind::kThere;
}

Words QuestionWord(const Sentence& sentence) {
  switch (sentence.asked) {
    case Asked::kWhere:
      return {"où"};
    case Asked::kWhen:
      return {"quand"};
    case Asked::kWhy:
      return {"pourquoi"};
    case Asked::kWhatTime:
      return {"à quelle heure"};
    case Asked::kSubject:
      return {"qui"};
    case Asked::kObject:
      return sentence.clause.object ? FrenchPhrase(*sentence.clause.object, {}) : Words{"que"};
    case Asked::kTruth:
      return {};
  }
  return {};
}

// « Où est le chat ? »: a lone "être" doesn't stay at the end.
bool IsBareWhereabouts(const Sentence& sentence) {
  return sentence.asked == Asked::kWhere && sentence.clause.verb->frame == Frame::kCopula &&
         !Inverts(sentence.clause.subject);
}

Words QuestionWords(const Sentence& sentence) {
  const Clause& clause = sentence.clause;
  Words words = QuestionWord(sentence);
  const Agreement subject = AgreementOf(clause.subject);
  if (sentence.asked == Asked::kSubject) {
    Append(words, FrenchPredicate(clause, subject));
    return words;
  }
  const bool fronted = sentence.asked == Asked::kObject && clause.object;
  const FrenchVerbGroup group =
      MakeFrenchVerbGroup(clause, subject, fronted ? &*clause.object : nullptr);
  const bool inverts = Inverts(clause.subject);
  if (!inverts && !IsBareWhereabouts(sentence)) {
    Append(words, "est-ce que");
    Append(words, SubjectWords(clause.subject));
  }
  Append(words, group.before);
  Append(words, inverts ? Inverted(group.finite, subject) : group.finite);
  if (IsBareWhereabouts(sentence)) Append(words, SubjectWords(clause.subject));
  Append(words, group.after);
  Append(words, FrenchAfterVerb(clause, subject, fronted));
  return words;
}

Words CommandWords(const Clause& clause) {
  Words words = FrenchImperative(clause);
  Append(words, FrenchAfterVerb(clause, clause.subject.pronoun, false));
  return words;
}

}  // namespace

std::string FrenchSentence(const Sentence& sentence) {
  if (sentence.mood == Mood::kImperative || sentence.mood == Mood::kLets) {
    return JoinFrench(CommandWords(sentence.clause), " !");
  }
  Words words;
  if (sentence.opening) {
    Append(words, FrenchAdjunct(*sentence.opening));
    Append(words, ",");
  }
  if (sentence.mood == Mood::kQuestion) {
    Append(words, QuestionWords(sentence));
    return JoinFrench(words, " ?");
  }
  Append(words, StatementWords(sentence.clause));
  if (sentence.second) {
    Append(words, sentence.link->french);
    Append(words, StatementWords(*sentence.second));
  }
  return JoinFrench(words, ".");
}

}  // namespace ablate::phrasebook

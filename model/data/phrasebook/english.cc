#include "model/data/phrasebook/english.h"

#include "model/data/phrasebook/english_clauses.h"
#include "model/data/phrasebook/english_phrases.h"

namespace ablate::phrasebook {
namespace {

using Kind = NounPhrase::Kind;

Agreement SubjectAgreement(const Clause& clause) {
  if (clause.subject.kind == Kind::kThere) return AgreementOf(*clause.object);
  return AgreementOf(clause.subject);
}

Words StatementWords(const Clause& clause) {
  Words words = EnglishPhrase(clause.subject, EnglishRole::kSubject);
  Append(words, EnglishPredicate(clause, SubjectAgreement(clause)));
  return words;
}

Words QuestionWord(const Sentence& sentence) {
  switch (sentence.asked) {
    case Asked::kWhere:
      return {"where"};
    case Asked::kWhen:
      return {"when"};
    case Asked::kWhy:
      return {"why"};
    case Asked::kWhatTime:
      return {"what time"};
    case Asked::kSubject:
      return {"who"};
    case Asked::kObject:
      return sentence.clause.object ? EnglishPhrase(*sentence.clause.object, EnglishRole::kObject)
                                    : Words{"what"};
    case Asked::kTruth:
      return {};
  }
  return {};
}

Words QuestionWords(const Sentence& sentence) {
  const Clause& clause = sentence.clause;
  Words words = QuestionWord(sentence);
  if (sentence.asked == Asked::kSubject) {
    Append(words, EnglishPredicate(clause, {}));
    return words;
  }
  const Agreement subject = SubjectAgreement(clause);
  const EnglishVerbGroup group = MakeEnglishVerbGroup(clause, subject, true);
  Append(words, group.auxiliary);
  Append(words, EnglishPhrase(clause.subject, EnglishRole::kSubject));
  Append(words, group.rest);
  const bool stranded = sentence.asked == Asked::kObject;
  Append(words, EnglishAfterVerb(clause, subject, false, stranded));
  return words;
}

Words CommandWords(const Sentence& sentence) {
  const Clause& clause = sentence.clause;
  const bool lets = sentence.mood == Mood::kLets;
  const bool negated = clause.polarity == Polarity::kNot;
  Words words;
  if (lets) words.Add(negated ? "let's not" : "let's");
  if (!lets && negated) words.Add("don't");
  if (clause.polarity == Polarity::kNever) words.Add("never");
  Append(words, clause.verb->english);
  const bool asserted = clause.polarity == Polarity::kAffirmative;
  Append(words, EnglishAfterVerb(clause, clause.subject.pronoun, asserted, false));
  return words;
}

}  // namespace

std::string EnglishSentence(const Sentence& sentence) {
  if (sentence.mood == Mood::kImperative || sentence.mood == Mood::kLets) {
    return JoinEnglish(CommandWords(sentence), "!");
  }
  Words words;
  if (sentence.opening) {
    Append(words, EnglishAdjunct(*sentence.opening));
    words.Add(",");
  }
  if (sentence.mood == Mood::kQuestion) {
    Append(words, QuestionWords(sentence));
    return JoinEnglish(words, "?");
  }
  Append(words, StatementWords(sentence.clause));
  if (sentence.second) {
    Append(words, sentence.link->english);
    Append(words, StatementWords(*sentence.second));
  }
  return JoinEnglish(words, ".");
}

}  // namespace ablate::phrasebook

#include "model/data/phrasebook/english_clauses.h"

#include "model/data/phrasebook/english_morphology.h"
#include "model/data/phrasebook/english_phrases.h"

namespace ablate::phrasebook {
namespace {

using Kind = NounPhrase::Kind;

std::string_view Head(std::string_view verb) { return verb.substr(0, verb.find(' ')); }
std::string_view Tail(std::string_view verb) {
  const size_t blank = verb.find(' ');
  return blank == verb.npos ? std::string_view() : verb.substr(blank + 1);
}

std::string PlainAuxiliary(const Clause& clause, std::string_view head, Agreement subject,
                           bool needs_do) {
  const bool third = !subject.plural && subject.person == 3;
  switch (clause.tense) {
    case Tense::kPresent:
      if (head == "be") return std::string(EnglishBe(subject, false));
      return needs_do ? (third ? "does" : "do") : "";
    case Tense::kPast:
      if (head == "be") return std::string(EnglishBe(subject, true));
      return needs_do ? "did" : "";
    case Tense::kProgressive:
    case Tense::kNearFuture:
      return std::string(EnglishBe(subject, false));
    case Tense::kImperfect:
      return std::string(EnglishBe(subject, true));
    case Tense::kPerfect:
    case Tense::kRecent:
      return third ? "has" : "have";
    case Tense::kFuture:
      return "will";
  }
  return "";
}

std::string MainForm(Tense tense, std::string_view head, bool finite, bool third) {
  switch (tense) {
    case Tense::kPresent:
      return finite && third ? EnglishThirdPerson(head) : std::string(head);
    case Tense::kPast:
      return finite ? EnglishPast(head) : std::string(head);
    case Tense::kProgressive:
    case Tense::kImperfect:
      return EnglishGerund(head);
    case Tense::kPerfect:
      return EnglishParticiple(head);
    case Tense::kRecent:
      return "just " + EnglishParticiple(head);
    case Tense::kFuture:
      return std::string(head);
    case Tense::kNearFuture:
      return "going to " + std::string(head);
  }
  return "";
}

std::string ModalAuxiliary(std::string_view modal, bool past) {
  if (modal == "can") return past ? "could" : "can";
  return std::string(Head(modal));
}

Words MiddleAdverbs(const Clause& clause) {
  Words words;
  if (clause.polarity == Polarity::kNever) words.Add("never");
  if (clause.polarity == Polarity::kNoLonger) words.Add("no longer");
  if (clause.frequency) Append(words, clause.frequency->english);
  return words;
}

}  // namespace

EnglishVerbGroup MakeEnglishVerbGroup(const Clause& clause, Agreement subject, bool inverted) {
  const Verb& finite = clause.governor ? *clause.governor : *clause.verb;
  const std::string_view head = Head(finite.english);
  const bool negated = clause.polarity == Polarity::kNot || clause.polarity == Polarity::kNotYet;
  const bool third = !subject.plural && subject.person == 3;
  EnglishVerbGroup group;
  const Words middle = MiddleAdverbs(clause);
  if (finite.frame == Frame::kAuxiliary) {
    group.auxiliary = ModalAuxiliary(finite.english, clause.tense == Tense::kPast);
    Append(group.rest, middle);
  } else {
    group.auxiliary = PlainAuxiliary(clause, head, subject, negated || inverted);
    Append(group.rest, middle);
    const bool be_itself =
        head == "be" && (clause.tense == Tense::kPresent || clause.tense == Tense::kPast);
    if (!be_itself) {
      Append(group.rest, MainForm(clause.tense, head, group.auxiliary.empty(), third));
    }
  }
  if (negated) group.auxiliary = EnglishNegated(group.auxiliary);
  Append(group.rest, Tail(finite.english));
  if (clause.governor) Append(group.rest, clause.verb->english);
  return group;
}

Words EnglishAfterVerb(const Clause& clause, Agreement subject, bool asserted,
                       bool object_fronted) {
  Words words;
  const bool her_the_book = clause.recipient && clause.recipient->kind == Kind::kPronoun;
  if (her_the_book) Append(words, EnglishPhrase(*clause.recipient, EnglishRole::kObject));
  if (clause.object && !object_fronted)
    Append(words, EnglishPhrase(*clause.object,
                                asserted ? EnglishRole::kObject : EnglishRole::kQuestionedObject));
  if (clause.recipient && !her_the_book) {
    words.Add("to");
    Append(words, EnglishPhrase(*clause.recipient, EnglishRole::kObject));
  }
  Append(words, EnglishComplement(clause.complement, subject));
  if (clause.manner) Append(words, clause.manner->english);
  for (const Adjunct& adjunct : clause.adjuncts) Append(words, EnglishAdjunct(adjunct));
  if (clause.polarity == Polarity::kNotYet) words.Add("yet");
  return words;
}

Words EnglishPredicate(const Clause& clause, Agreement subject) {
  const EnglishVerbGroup group = MakeEnglishVerbGroup(clause, subject, false);
  Words words;
  Append(words, group.auxiliary);
  Append(words, group.rest);
  const bool asserted =
      clause.polarity == Polarity::kAffirmative && clause.subject.kind != Kind::kNobody;
  Append(words, EnglishAfterVerb(clause, subject, asserted, false));
  return words;
}

}  // namespace ablate::phrasebook

// The English verb and what follows it.
#pragma once

#include <string>

#include "model/data/phrasebook/sentence.h"
#include "model/data/phrasebook/words.h"

namespace ablate::phrasebook {

// What stands before and after the subject of a question, or together after that of a statement.
struct EnglishVerbGroup {
  std::string auxiliary;  // empty: the main verb is finite
  Words rest;
};

// `inverted`: for a question that the subject interrupts, which needs an auxiliary.
EnglishVerbGroup MakeEnglishVerbGroup(const Clause& clause, Agreement subject, bool inverted);

// Objects, complement, adverb of manner, places and times. `asserted`: neither asked nor denied.
Words EnglishAfterVerb(const Clause& clause, Agreement subject, bool asserted, bool object_fronted);

// A statement without its subject.
Words EnglishPredicate(const Clause& clause, Agreement subject);

}  // namespace ablate::phrasebook

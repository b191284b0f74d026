// The French verb and what follows it.
#pragma once

#include <string>

#include "model/data/phrasebook/sentence.h"
#include "model/data/phrasebook/words.h"

namespace ablate::phrasebook {

// A verb with its clitics and negation: « ne l' | a | pas mangé ».
struct FrenchVerbGroup {
  Words before;        // ne, then pronouns
  std::string finite;  // where a question puts its subject: « a-t-il »
  Words after;
};

// `fronted`: the direct object that stands before the verb in a question and that a participle
// agrees with, or null.
FrenchVerbGroup MakeFrenchVerbGroup(const Clause& clause, Agreement subject,
                                    const NounPhrase* fronted);

// The imperative of "vous" (row 4) or "nous" (row 3), pronouns included.
Words FrenchImperative(const Clause& clause);

// Objects that aren't clitics, complement, adverb of manner, places and times.
Words FrenchAfterVerb(const Clause& clause, Agreement subject, bool object_fronted);

// A statement without its subject.
Words FrenchPredicate(const Clause& clause, Agreement subject);

}  // namespace ablate::phrasebook

// The parts of a French clause that aren't its verb.
#pragma once

#include <string>
#include <string_view>

#include "model/data/phrasebook/sentence.h"
#include "model/data/phrasebook/words.h"

namespace ablate::phrasebook {

// What decides a noun phrase's articles besides itself.
struct FrenchContext {
  std::string_view preposition =
      {};  // "à" and "de" contract with the article and are said again before each name
  bool negated = false;  // a direct object after a negation: « pas de pain »
  bool generic = false;  // bare nouns are whole kinds: « les chats »
};

// Pronouns come out in their strong form ("lui"), with `preposition` before them.
Words FrenchPhrase(const NounPhrase& phrase, const FrenchContext& context);
std::string_view FrenchSubjectPronoun(Agreement who);

Words FrenchAdjunct(const Adjunct& adjunct);
// What follows "être", or "avoir" for an age.
Words FrenchComplement(const Complement& complement, Agreement subject);

}  // namespace ablate::phrasebook

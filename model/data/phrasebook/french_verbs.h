// French conjugation.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/data/phrasebook/lexicon.h"

namespace ablate::phrasebook {

enum class FrenchTense : uint8_t { kPresent, kImparfait, kFutur, kConditionnel, kImperative };

// A form of the verb `infinitive` (without its reflexive pronoun). `row` is Agreement::row(); the
// imperative has the rows of "nous" and "vous" alone. Regular verbs of all three groups with their
// changes of spelling, and the common irregular ones.
std::string ConjugateFrench(std::string_view infinitive, FrenchTense tense, int row);

std::string FrenchParticiple(std::string_view infinitive, Gender gender, bool plural);

// Whether the passé composé is built with être; reflexive verbs always are, and aren't looked up
// here.
bool TakesEtre(std::string_view infinitive);

// Whether the word begins with a vowel or a mute h, so that the word before it elides. False for a
// word with an asterisk.
bool StartsWithVowel(std::string_view word);

}  // namespace ablate::phrasebook

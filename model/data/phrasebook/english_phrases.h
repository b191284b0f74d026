// The parts of an English clause that aren't its verb.
#pragma once

#include <cstdint>
#include <string>

#include "model/data/phrasebook/sentence.h"
#include "model/data/phrasebook/words.h"

namespace ablate::phrasebook {

// A kQuestionedObject stands in a question or after a negation, where "some" becomes "any".
enum class EnglishRole : uint8_t { kSubject, kObject, kQuestionedObject };

Words EnglishPhrase(const NounPhrase& phrase, EnglishRole role);
Words EnglishAdjunct(const Adjunct& adjunct);
// What follows "to be"; `subject` is what a profession agrees with.
Words EnglishComplement(const Complement& complement, Agreement subject);
std::string EnglishClockTime(const ClockTime& time);

}  // namespace ablate::phrasebook

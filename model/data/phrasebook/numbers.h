// Numbers in words.
#pragma once

#include <string>

#include "model/data/phrasebook/lexicon.h"

namespace ablate::phrasebook {

// `number` is 1 to 999.
std::string EnglishNumber(int number);
std::string EnglishOrdinal(int number);  // 1 to 31

// Agrees in its last "un"; written with an asterisk where nothing elides before it ("*huit",
// "*onze").
std::string FrenchNumber(int number, Gender gender);

}  // namespace ablate::phrasebook

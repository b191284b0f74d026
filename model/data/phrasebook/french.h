// An abstract sentence in French words.
#pragma once

#include <string>

#include "model/data/phrasebook/sentence.h"

namespace ablate::phrasebook {

// Questions and exclamations have a plain space before their mark.
std::string FrenchSentence(const Sentence& sentence);

}  // namespace ablate::phrasebook

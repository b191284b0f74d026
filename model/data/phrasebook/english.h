// An abstract sentence in English words.
#pragma once

#include <string>

#include "model/data/phrasebook/sentence.h"

namespace ablate::phrasebook {

std::string EnglishSentence(const Sentence& sentence);

}  // namespace ablate::phrasebook

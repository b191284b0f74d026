// The forms of English words.
#pragma once

#include <string>
#include <string_view>

#include "model/data/phrasebook/sentence.h"

namespace ablate::phrasebook {

std::string EnglishThirdPerson(std::string_view base);  // takes
std::string EnglishPast(std::string_view base);         // took
std::string EnglishParticiple(std::string_view base);   // taken
std::string EnglishGerund(std::string_view base);       // taking

std::string_view EnglishBe(Agreement subject, bool past);
// "isn't", "won't"; "am not" where there is no short form.
std::string EnglishNegated(std::string_view auxiliary);
// "an" before a vowel that is heard.
std::string_view EnglishArticleBefore(std::string_view word);

}  // namespace ablate::phrasebook

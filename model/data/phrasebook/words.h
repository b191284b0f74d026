// A sentence as a list of words, on its way to text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ablate::phrasebook {

// A word may hold blanks, where a phrase is fixed; none is empty. A "," stands alone and attaches
// to the word before it.
using Words = std::vector<std::string>;

// Appends `word` unless it is empty.
void Append(Words& words, std::string_view word);
void Append(Words& words, const Words& more);

// Text with its first letter in upper case and `end` after it.
std::string JoinEnglish(const Words& words, std::string_view end);
// Likewise, with elision ("le" + "ami" -> "l'ami") and without the asterisks of the lexicon.
std::string JoinFrench(const Words& words, std::string_view end);

}  // namespace ablate::phrasebook

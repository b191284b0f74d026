// What a sentence is made of: UTF-8, white space, words, code points.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ablate {

// False for malformed UTF-8, and for a NUL byte, which no text holds.
bool IsText(std::string_view bytes);

// The functions below take valid UTF-8. White space is what Unicode calls so, no-break spaces
// included.

// Without white space at either end; line breaks within (carriage return, U+2028 and the like)
// become a blank.
std::string Trimmed(std::string_view text);

// Trimmed, and every run of white space within is one blank.
std::string WithSingleBlanks(std::string_view text);

int64_t CountCodePoints(std::string_view text);

// Runs of anything but white space.
int64_t CountWords(std::string_view text);

}  // namespace ablate

// Unicode white space in UTF-8, as Python's str.split() and its regex \s understand it. Needs no
// ICU.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace ablate {

// Bytes of the white-space character that `text` starts with; 0 where it starts with another
// character or is empty.
size_t LeadingWhiteSpace(std::string_view text);

// The runs between white space, as Python's str.split().
std::vector<std::string_view> SplitOnWhiteSpace(std::string_view text);

// Without its trailing white space, as Python's str.rstrip().
std::string_view TrimRight(std::string_view text);

}  // namespace ablate

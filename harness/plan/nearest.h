// What to say about a name that is not known.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ablate {

// The Levenshtein distance of two names, in bytes.
size_t EditDistance(std::string_view a, std::string_view b);

// The name in `known` that `found` is most likely a misspelling of; empty where none is near. A
// name that is the last part of a path is near to it: "d_ff" to "model.d_ff".
std::string Nearest(std::string_view found, const std::vector<std::string>& known);

// "'dinamic'; allowed: static, dynamic, bucketed; did you mean 'dynamic'?"
std::string Instead(std::string_view found, const std::vector<std::string>& known);

// "a, b, c"
std::string Join(const std::vector<std::string>& words, std::string_view separator = ", ");

// `text` in single quotes on one line: control characters escaped, and cut where it is long.
std::string Quoted(std::string_view text);

}  // namespace ablate

// Whether a run repeated itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ablate {

// Compares two curve.csv in every column but the times, bit for bit, and returns what differs, in
// words, the first rows of it; empty where nothing does. `same_length`: false for runs that a limit
// of time ended, where the shorter one decides.
std::vector<std::string> CurveDifferences(std::string_view there, std::string_view here,
                                          bool same_length);

}  // namespace ablate

// The parts of a suite file that span its cells: matrix, baseline, exclude.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/plan/json_reader.h"
#include "harness/plan/suite.h"

namespace ablate {

// What a label may look like, as an ECMAScript regular expression: it stands in cell names and in
// filters, so it holds neither blanks nor commas nor '='.
inline constexpr const char* kLabelPattern = "^[A-Za-z0-9_.+/-]{1,64}$";

inline constexpr size_t kMostLevels = 1000;  // of a factor

// Each factor's baseline is the base's setting where that is among its levels, else the first.
std::vector<Factor> ReadMatrix(const JsonReader& matrix, const Settings& base);

// Sets the factors' baselines, and base.techniques to the baseline's level of every technique.
void ReadBaseline(const std::optional<JsonReader>& baseline, std::vector<Factor>& factors,
                  Settings& base);

// Throws Error where an exclusion would take the baseline's cell.
std::vector<Exclusion> ReadExclusions(const JsonReader& exclude,
                                      const std::vector<Factor>& factors);

}  // namespace ablate

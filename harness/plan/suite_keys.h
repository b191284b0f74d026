// What the root of a suite file may hold, for the parser and for the JSON Schema.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "harness/plan/suite.h"
#include "harness/plan/value_rule.h"

namespace ablate {

inline constexpr int kSuiteSchemaVersion = 1;
inline constexpr std::array kDesigns = {Design::kFactorial, Design::kOneFactor,
                                        Design::kLeaveOneOut};
// A suite's name names folders in results/ and reports/, where "reference" has its own meaning.
inline constexpr const char* kSuiteNamePattern = "^(?!reference$)[a-z0-9_][a-z0-9_-]{0,63}$";

// As the pattern says.
bool IsSuiteName(const std::string& name);
std::vector<std::string> SuiteKeys();  // in the order in which they are written
std::vector<std::string> DesignNames();
std::vector<std::string> DeviceNames();
ValueRule SeedRule();
ValueRule EquivalenceMarginRule();

}  // namespace ablate

// What values a setting or an option may have: for the check, for errors, for the JSON Schema.
#pragma once

#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "harness/plan/json_reader.h"
#include "techniques/technique.h"

namespace ablate {

// Integers beyond it are not the same number to every reader of JSON.
inline constexpr double kLargestInteger = 9007199254740991;  // 2^53 - 1

struct ValueRule {
  enum class Type { kNumber, kInteger, kBoolean, kChoice, kText };

  Type type = Type::kNumber;
  double minimum = -std::numeric_limits<double>::infinity();  // kNumber, kInteger
  double maximum = std::numeric_limits<double>::infinity();
  bool minimum_exclusive = false;
  bool maximum_exclusive = false;
  std::vector<std::string> choices = {};  // kChoice
  bool nullable = false;                  // null stands for "absent"
};

ValueRule RuleOf(const Option& option);

// "an integer from 1 to 64", "a number above 0 and below 1", "one of relu, gelu"
std::string Describe(const ValueRule& rule);

// The value in one form: integers without a fraction, numbers as floating point. Throws Error where
// the rule does not allow it.
nlohmann::json Checked(const JsonReader& value, const ValueRule& rule);

nlohmann::ordered_json SchemaOf(const ValueRule& rule);

}  // namespace ablate

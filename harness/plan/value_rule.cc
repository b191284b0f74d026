#include "harness/plan/value_rule.h"

#include <algorithm>
#include <cmath>

#include "harness/plan/nearest.h"

namespace ablate {
namespace {

using Type = ValueRule::Type;

// JSON of a limit: without ".0" where it is an integer.
nlohmann::ordered_json Limit(double limit) {
  if (limit == std::floor(limit) && std::abs(limit) <= kLargestInteger)
    return static_cast<int64_t>(limit);
  return limit;
}

bool HasMinimum(const ValueRule& rule) { return std::isfinite(rule.minimum); }
bool HasMaximum(const ValueRule& rule) { return std::isfinite(rule.maximum); }

std::string DescribeRange(const ValueRule& rule) {
  const std::string low = Limit(rule.minimum).dump();
  const std::string high = Limit(rule.maximum).dump();
  const bool inclusive = !rule.minimum_exclusive && !rule.maximum_exclusive;
  if (HasMinimum(rule) && HasMaximum(rule) && inclusive) return " from " + low + " to " + high;
  std::string text;
  if (HasMinimum(rule)) text += (rule.minimum_exclusive ? " above " : " of at least ") + low;
  if (HasMinimum(rule) && HasMaximum(rule)) text += " and";
  if (HasMaximum(rule)) text += (rule.maximum_exclusive ? " below " : " up to ") + high;
  return text;
}

bool InRange(double value, const ValueRule& rule) {
  const bool above = rule.minimum_exclusive ? value > rule.minimum : value >= rule.minimum;
  const bool below = rule.maximum_exclusive ? value < rule.maximum : value <= rule.maximum;
  return above && below;
}

nlohmann::json CheckedNumber(const JsonReader& reader, const ValueRule& rule) {
  if (!reader.value().is_number()) reader.FailExpecting(Describe(rule));
  const auto value = reader.value().get<double>();
  const bool integer = rule.type == Type::kInteger;
  if (!InRange(value, rule) || (integer && value != std::floor(value)))
    reader.FailExpecting(Describe(rule));
  if (integer) return static_cast<int64_t>(value);
  return value;
}

nlohmann::json CheckedChoice(const JsonReader& reader, const ValueRule& rule) {
  if (!reader.value().is_string()) reader.FailExpecting(Describe(rule));
  const std::string& value = reader.Text();
  if (std::find(rule.choices.begin(), rule.choices.end(), value) == rule.choices.end())
    reader.Fail("unknown value " + Instead(value, rule.choices));
  return value;
}

std::string DescribeType(const ValueRule& rule) {
  switch (rule.type) {
    case Type::kNumber:
      return "a number" + DescribeRange(rule);
    case Type::kInteger:
      return "an integer" + DescribeRange(rule);
    case Type::kBoolean:
      return "true or false";
    case Type::kChoice:
      return "one of " + Join(rule.choices);
    case Type::kText:
      break;
  }
  return "a string that is not empty";
}

void AddRange(const ValueRule& rule, nlohmann::ordered_json& schema) {
  if (HasMinimum(rule))
    schema[rule.minimum_exclusive ? "exclusiveMinimum" : "minimum"] = Limit(rule.minimum);
  if (HasMaximum(rule))
    schema[rule.maximum_exclusive ? "exclusiveMaximum" : "maximum"] = Limit(rule.maximum);
}

const char* SchemaType(Type type) {
  switch (type) {
    case Type::kNumber:
      return "number";
    case Type::kInteger:
      return "integer";
    case Type::kBoolean:
      return "boolean";
    default:
      return "string";
  }
}

}  // namespace

ValueRule RuleOf(const Option& option) {
  ValueRule rule;
  switch (option.type) {
    case Option::Type::kBoolean:
      return {.type = Type::kBoolean};
    case Option::Type::kChoice:
      return {.type = Type::kChoice, .choices = option.choices};
    case Option::Type::kInteger:
      rule.type = Type::kInteger;
      rule.maximum = kLargestInteger;
      break;
    case Option::Type::kNumber:
      break;
  }
  rule.minimum = option.minimum;
  rule.minimum_exclusive = option.minimum_exclusive;
  if (option.maximum >= option.minimum) rule.maximum = option.maximum;
  return rule;
}

std::string Describe(const ValueRule& rule) {
  return DescribeType(rule) + (rule.nullable ? ", or null" : "");
}

nlohmann::json Checked(const JsonReader& reader, const ValueRule& rule) {
  if (rule.nullable && reader.value().is_null()) return nullptr;
  switch (rule.type) {
    case Type::kNumber:
    case Type::kInteger:
      return CheckedNumber(reader, rule);
    case Type::kChoice:
      return CheckedChoice(reader, rule);
    case Type::kBoolean:
      if (!reader.value().is_boolean()) reader.FailExpecting(Describe(rule));
      break;
    case Type::kText:
      if (!reader.value().is_string() || reader.Text().empty())
        reader.FailExpecting(Describe(rule));
      break;
  }
  return reader.value();
}

nlohmann::ordered_json SchemaOf(const ValueRule& rule) {
  nlohmann::ordered_json schema;
  if (rule.nullable)
    schema["type"] = {SchemaType(rule.type), "null"};
  else
    schema["type"] = SchemaType(rule.type);
  if (rule.type == Type::kChoice) schema["enum"] = rule.choices;
  if (rule.type == Type::kText) schema["minLength"] = 1;
  if (rule.type == Type::kNumber || rule.type == Type::kInteger) AddRange(rule, schema);
  return schema;
}

}  // namespace ablate

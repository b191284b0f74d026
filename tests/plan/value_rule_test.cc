#include "harness/plan/value_rule.h"

#include <gtest/gtest.h>

#include "model/error.h"

namespace ablate {
namespace {

using Type = ValueRule::Type;

const ValueRule kLayers = {.type = Type::kInteger, .minimum = 1, .maximum = 64};
const ValueRule kFraction = {
    .minimum = 0, .maximum = 1, .minimum_exclusive = true, .maximum_exclusive = true};

std::string CheckedText(const nlohmann::ordered_json& value, const ValueRule& rule) {
  const JsonSource source = JsonSource::FromTree({{"x", value}}, "");
  try {
    return Checked(JsonReader(source).Need("x"), rule).dump();
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(ValueRuleTest, GivesNumbersOneForm) {
  EXPECT_EQ(CheckedText(3, kLayers), "3");
  EXPECT_EQ(CheckedText(3.0, kLayers), "3");  // an integer to JSON Schema too
  EXPECT_EQ(CheckedText(1, {.minimum = 0}), "1.0");
}

TEST(ValueRuleTest, HoldsNumbersToTheirRange) {
  EXPECT_EQ(CheckedText(0, kLayers), "x: expected an integer from 1 to 64, found 0");
  EXPECT_EQ(CheckedText(65, kLayers), "x: expected an integer from 1 to 64, found 65");
  EXPECT_EQ(CheckedText(2.5, kLayers), "x: expected an integer from 1 to 64, found 2.5");
  EXPECT_EQ(CheckedText(1e300, kLayers), "x: expected an integer from 1 to 64, found 1e+300");
  EXPECT_EQ(CheckedText(true, kLayers), "x: expected an integer from 1 to 64, found true");
  EXPECT_EQ(CheckedText("3", kLayers), "x: expected an integer from 1 to 64, found the string '3'");
  EXPECT_EQ(CheckedText(0, kFraction), "x: expected a number above 0 and below 1, found 0");
  EXPECT_EQ(CheckedText(1.0, kFraction), "x: expected a number above 0 and below 1, found 1.0");
  EXPECT_EQ(CheckedText(0.5, kFraction), "0.5");
  EXPECT_EQ(CheckedText(-1, {.minimum = 0}), "x: expected a number of at least 0, found -1");
}

TEST(ValueRuleTest, KnowsChoicesTextAndBooleans) {
  const ValueRule choice = {.type = Type::kChoice, .choices = {"relu", "gelu"}};
  EXPECT_EQ(CheckedText("gelu", choice), "\"gelu\"");
  EXPECT_EQ(CheckedText("gelo", choice),
            "x: unknown value 'gelo'; allowed: relu, gelu; did you mean 'gelu'?");
  EXPECT_EQ(CheckedText(1, choice), "x: expected one of relu, gelu, found 1");
  EXPECT_EQ(CheckedText("", {.type = Type::kText}),
            "x: expected a string that is not empty, found the string ''");
  EXPECT_EQ(CheckedText(0, {.type = Type::kBoolean}), "x: expected true or false, found 0");
}

TEST(ValueRuleTest, TakesNullOnlyForWhatCanBeAbsent) {
  ValueRule rule = kLayers;
  EXPECT_EQ(CheckedText(nullptr, rule), "x: expected an integer from 1 to 64, found null");
  rule.nullable = true;
  EXPECT_EQ(CheckedText(nullptr, rule), "null");
  EXPECT_EQ(CheckedText(0, rule), "x: expected an integer from 1 to 64, or null, found 0");
}

TEST(ValueRuleTest, FollowsAnOptionOfATechnique) {
  const ValueRule unlimited = RuleOf({.name = "max_lr",
                                      .type = Option::Type::kNumber,
                                      .help = "",
                                      .minimum = 0,
                                      .maximum = -1,
                                      .minimum_exclusive = true});
  EXPECT_EQ(Describe(unlimited), "a number above 0");
  const ValueRule bounded = RuleOf(
      {.name = "length", .type = Option::Type::kInteger, .help = "", .minimum = 3, .maximum = 9});
  EXPECT_EQ(Describe(bounded), "an integer from 3 to 9");
}

}  // namespace
}  // namespace ablate

#include "harness/plan/json_source.h"

#include <gmock/gmock.h>

#include "model/error.h"

namespace ablate {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Refusal(const std::string& text) {
  try {
    JsonSource::Parse(text, "a.json");
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(JsonSourceTest, KeepsTheTreeAndTheOrderOfKeys) {
  const std::string text =
      R"({"z":1,"a":[true,null,-2,1.5,"é\n"],"m":{"n":{}},"big":9007199254740991})";
  EXPECT_EQ(JsonSource::Parse(text, "a.json").root(), nlohmann::ordered_json::parse(text));
  EXPECT_EQ(JsonSource::Parse(text, "a.json").root().dump(),
            nlohmann::ordered_json::parse(text).dump());
}

TEST(JsonSourceTest, KnowsTheLineOfEveryValue) {
  const JsonSource source = JsonSource::Parse(
      "{\n\"a\": 1\n,\n\"b\":\n [\n10\n,\n\"x\",{\"c\":\ntrue}],\n\"model.d_ff\": [7,\n8\n]\n}",
      "a.json");
  EXPECT_EQ(source.Where(""), "a.json:1");
  EXPECT_EQ(source.Where("a"), "a.json:2: a");  // a number that its line's end follows
  EXPECT_EQ(source.Where("b"), "a.json:5: b");
  EXPECT_EQ(source.Where("b[0]"), "a.json:6: b[0]");
  EXPECT_EQ(source.Where("b[1]"), "a.json:8: b[1]");
  EXPECT_EQ(source.Where("b[2]"), "a.json:8: b[2]");
  EXPECT_EQ(source.Where("b[2].c"), "a.json:9: b[2].c");
  const std::string factor = MemberPath("", "model.d_ff");
  EXPECT_EQ(factor, "['model.d_ff']");
  EXPECT_EQ(source.Where(ElementPath(factor, 1)), "a.json:11: ['model.d_ff'][1]");
}

TEST(JsonSourceTest, FallsBackToTheEnclosingValue) {
  const JsonSource source = JsonSource::Parse("\n{\n\"a\": {\n\"b\": 1}}", "a.json");
  EXPECT_EQ(source.Where("a.c.d[3]"), "a.json:3: a.c.d[3]");
  EXPECT_EQ(source.Where("x"), "a.json:2: x");
  EXPECT_EQ(JsonSource::FromTree({{"a", 1}}, "settings").Where("a"), "settings: a");
  EXPECT_EQ(JsonSource::FromTree({{"a", 1}}, "").Where("a"), "a");
}

TEST(JsonSourceTest, NamesLineAndColumnOfSyntaxErrors) {
  EXPECT_THAT(Refusal("{\n  \"a\": 1,\n  b\n}"), StartsWith("a.json:3:3: not JSON: "));
  EXPECT_THAT(Refusal("{\"a\": 1,}"), StartsWith("a.json:1:9: not JSON: "));
  EXPECT_THAT(Refusal(""), StartsWith("a.json:1:1: not JSON: "));
  EXPECT_THAT(Refusal("{} {}"), StartsWith("a.json:1:4: not JSON: "));
  EXPECT_THAT(Refusal("[1e999]"), HasSubstr("1e999"));
  EXPECT_THAT(Refusal("[NaN]"), HasSubstr("not JSON"));
  EXPECT_THAT(Refusal("[1, // one\n2]"), HasSubstr("not JSON"));
  EXPECT_THAT(Refusal("[\"\xff\"]"), HasSubstr("not JSON"));
  EXPECT_THAT(Refusal(std::string("[1\n]\0x", 6)), StartsWith("a.json:2: not JSON"));
  EXPECT_THAT(Refusal("[1"), ::testing::Not(HasSubstr("json.exception")));
}

TEST(JsonSourceTest, RefusesDuplicateKeys) {
  EXPECT_EQ(Refusal("{\"a\": {\n\"b\": 1,\n\"c\": {\"b\": 2},\n\"b\": 3}}"),
            "a.json:4: a.b: the key stands here twice");
  EXPECT_EQ(Refusal("[{\"a\": 1}, {\"a\": 2}]"), "");
}

TEST(JsonSourceTest, RefusesDeepNesting) {
  EXPECT_EQ(Refusal(std::string(64, '[') + std::string(64, ']')), "");
  EXPECT_THAT(Refusal(std::string(65, '[') + std::string(65, ']')), HasSubstr("64 levels"));
  EXPECT_THAT(Refusal(std::string(1 << 20, '[')), HasSubstr("64 levels"));
}

TEST(JsonSourceTest, RefusesHugeText) {
  EXPECT_THAT(Refusal(std::string(5 << 20, ' ')), HasSubstr("bytes"));
}

TEST(JsonSourceTest, ReadsAnObjectOfManyKeysInLinearTime) {
  std::string text = "{\"k\":0";
  for (int i = 0; i < 200'000; ++i) text += ",\"k" + std::to_string(i) + "\":0";
  EXPECT_EQ(JsonSource::Parse(text + "}", "a.json").root().size(), 200'001u);
}

}  // namespace
}  // namespace ablate

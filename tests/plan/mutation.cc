#include "tests/plan/mutation.h"

#include <vector>

namespace ablate::testing {
namespace {

using Json = nlohmann::ordered_json;

void Collect(Json& value, std::vector<Json*>& all) {
  all.push_back(&value);
  if (!value.is_structured()) return;
  for (Json& child : value) Collect(child, all);
}

Json* Pick(Json& root, Random& random) {
  std::vector<Json*> all;
  Collect(root, all);
  return all[random.Below(all.size())];
}

Json RandomValue(Random& random) {
  static const std::vector<const char*> values = {
      "null",
      "true",
      "false",
      "0",
      "1",
      "-1",
      "2",
      "3",
      "16",
      "0.5",
      "1.5",
      "1e300",
      "-1e300",
      "1e-300",
      "64.0",
      "[]",
      "{}",
      "\"\"",
      "[1]",
      "\"x\"",
      "\"static\"",
      "\"cycle\"",
      "\"amp\"",
      "\"valid_loss\"",
      "\"one_factor\"",
      "\"bpe\"",
      "\"multi30k\"",
      "18446744073709551615",
      "-9223372036854775808",
      "9007199254740993",
      R"({"name": "amp", "dtype": "fp16"})",
      R"({"name": "onecycle"})",
      R"(["none", "universal"])",
      R"({"padding": "dynamic"})",
      R"([{"when": {"padding": "dynamic"}, "reason": "r"}])"};
  return Json::parse(values[random.Below(values.size())]);
}

std::string RandomKey(Random& random) {
  static const std::vector<const char*> keys = {"name",
                                                "label",
                                                "d_model",
                                                "seeds",
                                                "model.d_ff",
                                                "model.dropout",
                                                "sharing",
                                                "precision",
                                                "design",
                                                "deterministic",
                                                "exclude",
                                                "baseline",
                                                "vocabulary.type",
                                                "corpus.name",
                                                "device",
                                                "quality",
                                                "training",
                                                "unique",
                                                "dtype",
                                                "$schema",
                                                "é.["};
  return keys[random.Below(keys.size())];
}

void Erase(Json& parent, Random& random) {
  if (!parent.is_structured() || parent.empty()) return;
  auto at = parent.begin();
  std::advance(at, static_cast<ptrdiff_t>(random.Below(parent.size())));
  parent.erase(at);
}

void Insert(Json& parent, Json value, Random& random) {
  if (parent.is_array()) parent.push_back(std::move(value));
  if (parent.is_object()) parent[RandomKey(random)] = std::move(value);
}

}  // namespace

Json Mutated(Json json, Random& random) {
  for (uint64_t left = 1 + random.Below(3); left > 0; --left) {
    Json* value = Pick(json, random);
    switch (random.Below(4)) {
      case 0:
        *value = RandomValue(random);
        break;
      case 1:
        Erase(*value, random);
        break;
      case 2:
        Insert(*value, RandomValue(random), random);
        break;
      default:
        Insert(*value, Json(*Pick(json, random)), random);
    }
  }
  return json;
}

std::string MutatedText(std::string text, Random& random) {
  static const std::string bytes = std::string("{}[],:\"\\0123456789.eE+-tfn /\n\xff\xc3\x00", 33);
  for (uint64_t left = 1 + random.Below(4); left > 0 && !text.empty(); --left) {
    const size_t at = random.Below(text.size());
    const size_t length = 1 + random.Below(std::min<size_t>(8, text.size() - at));
    switch (random.Below(4)) {
      case 0:
        text[at] = bytes[random.Below(bytes.size())];
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(at, text.substr(at, length));
        break;
      default:
        text.insert(at, 1, bytes[random.Below(bytes.size())]);
    }
  }
  return text;
}

}  // namespace ablate::testing

#include "tests/plan/suite_text.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "harness/plan/plan.h"
#include "model/error.h"

namespace ablate::testing {

std::string SuiteText() {
  return R"({
  "schema_version": 1,
  "name": "small",
  "corpus": {"name": "phrasebook", "pairs": 500},
  "model": {"d_model": 64, "layers": 2, "heads": 4, "d_ff": 128},
  "target": {"metric": "train_loss", "value": 1.8},
  "seeds": [1, 2],
  "matrix": {
    "padding": ["static",
                "dynamic"],
    "schedule": [
      "constant",
      {"name": "onecycle", "pct_start": 0.1}
    ]
  }
})";
}

nlohmann::ordered_json SuiteJson() { return nlohmann::ordered_json::parse(SuiteText()); }

std::string FileText(const std::string& path) {
  std::ifstream in(std::string(ABLATE_SOURCE_DIR) + "/" + path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void ExpectFile(const std::string& path, const std::string& text) {
  if (std::getenv("ABLATE_UPDATE_GOLDEN") != nullptr)
    std::ofstream(std::string(ABLATE_SOURCE_DIR) + "/" + path, std::ios::binary) << text;
  EXPECT_TRUE(FileText(path) == text)
      << path << " is out of date. Where the change is meant, run this test once more with "
      << "ABLATE_UPDATE_GOLDEN=1. It should be:\n"
      << text.substr(0, 4000);
}

Suite Parse(const std::string& text) { return ParseSuite(text, "suites/test.json"); }
Suite Parse(const nlohmann::ordered_json& json) { return Parse(json.dump(2)); }

nlohmann::ordered_json Patched(const nlohmann::ordered_json& patch) {
  nlohmann::ordered_json json = SuiteJson();
  json.merge_patch(patch);
  return json;
}

std::string RefusalOfText(const std::string& text) {
  try {
    MakePlan(Parse(text));
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

std::string Refusal(const nlohmann::ordered_json& json) { return RefusalOfText(json.dump(2)); }

}  // namespace ablate::testing

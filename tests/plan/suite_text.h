// Suite files for tests.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "harness/plan/suite.h"

namespace ablate::testing {

// A small good suite, a key a line: line 4 holds "corpus".
std::string SuiteText();
nlohmann::ordered_json SuiteJson();

// A file of the source tree.
std::string FileText(const std::string& path);

// Expects a file of the source tree to hold `text`. Where the environment variable
// ABLATE_UPDATE_GOLDEN is set, writes it instead.
void ExpectFile(const std::string& path, const std::string& text);

// Parses as the file "suites/test.json".
Suite Parse(const std::string& text);
Suite Parse(const nlohmann::ordered_json& json);

// The small suite, merged with `patch` (RFC 7386: null removes a key, objects merge).
nlohmann::ordered_json Patched(const nlohmann::ordered_json& patch);

// The message with which `json` is refused; empty where it is not, by ParseSuite or MakePlan.
std::string Refusal(const nlohmann::ordered_json& json);
std::string RefusalOfText(const std::string& text);

}  // namespace ablate::testing

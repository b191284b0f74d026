// The JSON Schema of a suite file, for editors.
#pragma once

#include <nlohmann/json.hpp>

namespace ablate {

// JSON Schema, draft 7, from the tables that the parser reads by. It accepts every suite that the
// parser accepts; the parser also checks what spans several values (labels, duplicates, settings
// that contradict each other). suites/schema.json is its dump(2) and a line's end; to write it
// anew, run ABLATE_UPDATE_GOLDEN=1 plan_tests --gtest_filter=SchemaTest.FileIsWhatTheTablesSay
nlohmann::ordered_json SuiteSchema();

}  // namespace ablate

// Random changes to suites, for tests that look for crashes and contradictions.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "model/random.h"

namespace ablate::testing {

// One value of the tree replaced, removed, doubled, renamed or taken from elsewhere.
nlohmann::ordered_json Mutated(nlohmann::ordered_json json, Random& random);

// A few bytes of the text replaced, removed, doubled or inserted.
std::string MutatedText(std::string text, Random& random);

}  // namespace ablate::testing

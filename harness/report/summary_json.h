// summary.json: what the report says, for programs.
#pragma once

#include <nlohmann/json.hpp>

#include "harness/report/summary.h"

namespace ablate {

inline constexpr int kSummarySchemaVersion = 1;

nlohmann::ordered_json ToJson(const Summary& summary);

}  // namespace ablate

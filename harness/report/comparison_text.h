// A comparison for people and for programs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "harness/report/comparison.h"

namespace ablate {

// Markdown, the verdict first: what a pull request shows.
std::string RenderComparison(const Comparison& comparison);

// {schema_version, verdict, metric, max_regression, overall {ratio, low, high, cells, seeds},
// cells [{cell, pairs, ratio, low, high, regression}], regressions, doubts, notes}. Ratios are
// new / baseline of the metric as it was measured; null where there is none.
nlohmann::ordered_json ToJson(const Comparison& comparison);

}  // namespace ablate

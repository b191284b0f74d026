// Results for github-action-benchmark, as its tool "customSmallerIsBetter" reads them.
#pragma once

#include <nlohmann/json.hpp>

#include "harness/report/exports/export_input.h"

namespace ablate {

// A list of {name, unit, value, range, extra}: for every cell the means of time, examples, seconds
// an example, peak memory and energy, named "<cell>: <key of summary.json>"; `range` holds the 95%
// limits where there are any, `extra` the runs behind the number. What has no mean (a run did not
// reach the target, nothing was measured) is left out: an entry must have a number.
nlohmann::ordered_json ActionBenchmark(const ExportInput& input);

}  // namespace ablate

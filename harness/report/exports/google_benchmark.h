// Results as the JSON that Google Benchmark writes, for its compare.py and what else reads it.
#pragma once

#include <nlohmann/json.hpp>

#include "harness/report/exports/export_input.h"

namespace ablate {

// A benchmark a cell and a repetition a run: real_time is the run's time to target in ms, `label`
// its run_id, counters what else was measured. There is no CPU time, and readers insist on one:
// cpu_time is the time to target again. Cells without a mean time to target (a run did not reach
// it) are left out, because a reader would take the runs that did for all of the cell; the runs
// that are left out are named in the context.
nlohmann::ordered_json GoogleBenchmark(const ExportInput& input);

}  // namespace ablate

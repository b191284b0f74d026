// From how a worker ended, and what it left, to the record of its run.
#pragma once

#include <filesystem>

#include "harness/run/process.h"
#include "harness/run/record.h"

namespace ablate {

// The record of a run whose worker has ended and whose folder holds what it left. A worker that
// ended well and left a sound run.json has the say; anything else becomes failed, timed_out,
// out_of_memory or interrupted, with a reason that holds the log's last words. identity: what the
// driver knew at the start; `end` fills the wall time where the worker didn't.
Record RecordOutcome(const Record& identity, const ProcessEnd& end,
                     const std::filesystem::path& run_folder, const ProcessRequest& request);

}  // namespace ablate

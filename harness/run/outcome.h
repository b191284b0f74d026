// From how a worker ended, and what it left, to the record of its run.
#pragma once

#include <filesystem>
#include <optional>

#include "harness/run/process.h"
#include "harness/run/record.h"

namespace ablate {

// The record of a run whose worker has ended and whose folder holds what it left. A sound run.json
// of a worker that ended well has the say. So it does where the worker, or another of its ranks,
// ended badly after a result stood there: how it ended is then a note. Anything else becomes
// failed, timed_out, out_of_memory or interrupted, with a reason that holds the log's last words;
// a result that was not complete (worker_protocol.h) when the user stopped the suite, too, since
// going on makes it anew. identity: what the driver knew at the start; `end` fills the wall time
// where the worker didn't, and the peak of host memory where that ran out.
Record RecordOutcome(const Record& identity, const ProcessEnd& end,
                     const std::filesystem::path& run_folder, const ProcessRequest& request);

// The record of a run that finished and whose driver ended before it could append it: its folder
// holds the worker's config.json and a sound, complete run.json with a final outcome. Its
// `started_at` and `attempts` are those that the driver gave it. Nothing where there is none.
std::optional<Record> OutcomeLeftBehind(const std::filesystem::path& run_folder);

// Whether what happened is known to go away by itself: a disturbed measurement (invalid), ranks
// whose port someone else took before they met, a device that another process was just leaving.
bool IsTransient(const Record& record);

}  // namespace ablate

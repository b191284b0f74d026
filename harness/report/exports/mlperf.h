// A run as MLPerf's logs tell it, for mlperf-logging and what else reads them.
#pragma once

#include <string>

#include "harness/plan/settings.h"
#include "harness/report/results_reader.h"
#include "harness/run/record.h"

namespace ablate {

// `:::MLLOG` lines of one run. init_start to init_stop is set-up and warm-up; run_start to run_stop
// is the training clock alone, so that their difference is the time to target (of a run that did
// not reach it: what it trained for, with "aborted" and its own status in run_stop's metadata). In
// between stand the losses that were read (train_loss, valid_loss). The last line, `record`, has
// the whole record. time_ms counts from 1970 by the record's started_at; a moment that the record
// doesn't tell has no line. settings, evidence: may be null.
std::string MlperfLog(const Record& run, const Settings* settings, const RunEvidence* evidence);

}  // namespace ablate

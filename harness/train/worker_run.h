// One run of the worker: everything between a WorkerConfig and its run.json.
#pragma once

#include "harness/run/worker_protocol.h"
#include "harness/train/progress.h"

namespace ablate {

// Trains, measures, and leaves curve.csv and run.json in config.run_dir, whatever happens in
// between. Once the training is over, its result stands: what fails after that (the last
// validation loss, translations) is absent, and a note says why. Returns the worker's exit code: 0
// where run.json holds a result; 3 where the user must mend something, 4 where the worker failed,
// and 143 where it was asked to stop, with run.json saying why. Of several ranks the first alone
// leaves them; another leaves rank-<r>.json where it fails, and then returns 3 or 4
// (worker_protocol.h). Throws Error where the device is not there or run_dir can't be written.
int ExecuteRun(const WorkerConfig& config, Progress& progress);

// SIGTERM from now on ends the training after its current update, with the status "interrupted".
void StopOnSigterm();

}  // namespace ablate

// What a worker leaves in its run's folder (harness/run/worker_protocol.h). All throw Error where
// that can't be written.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/run/record.h"
#include "harness/train/evaluate.h"

namespace ablate {

// curve.csv (empty: none), and run.json.
void WriteRun(const std::filesystem::path& run_dir, const Record& record,
              const std::string& curve_csv, const std::vector<Translation>& samples);

// The same of a result that stands while something is still to come, should the process not get
// there. Waits for no disk: it is for a driver that outlives this process.
void WriteRunEarly(const std::filesystem::path& run_dir, Record record,
                   const std::string& curve_csv);

// What rank 0 cannot know of another: why it failed, and what it held.
void WriteRankFailure(const std::filesystem::path& run_dir, int64_t rank, const Record& record);

}  // namespace ablate

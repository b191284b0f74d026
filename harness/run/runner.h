// Plan -> records: one worker after the other.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "harness/plan/plan.h"
#include "harness/plan/suite.h"
#include "harness/run/process.h"
#include "harness/run/progress.h"
#include "harness/run/store.h"
#include "harness/run/worker_location.h"

namespace ablate {

struct RunnerOptions {
  // A run that fails or times out is started again, like one whose fault is known to be transient
  // (outcome.h).
  bool retry_failed = false;
  bool fail_fast = false;  // the first run that fails, times out or stays invalid is the last
  std::optional<double> timeout_s;  // of a whole run; absent: 2 x the target's max_seconds + 600
  double silence_limit_s = 180;     // of a worker, which sends heartbeats; covers its start
  double grace_s = 10;              // for a worker that is asked to end
  int64_t most_attempts = 3;
};

// All that running takes, put together by the command line.
struct RunContext {
  std::string suite_name = {};
  const Plan* plan = nullptr;
  ResultStore* store = nullptr;
  ProcessRunner* processes = nullptr;
  Progress* progress = nullptr;
  Worker worker = {};
  std::string device = {};  // cpu | cuda
  std::string environment_hash = {};
  nlohmann::json matrix_flops_per_s = {};
  std::function<std::filesystem::path(const Settings&)> encoded_corpus = {};
  std::function<bool()> stop_requested = {};
  RunnerOptions options = {};
};

struct RunTally {
  std::map<Status, int64_t>
      ended;  // of the runs of this call that have ended, the kept ones included
  int64_t kept = 0;
  bool interrupted = false;
  bool failed_fast = false;

  // failed, timed_out or invalid
  int64_t failures() const;
};

// Records a skipped cell's run with its reason, unless that stands there already.
void RecordSkipped(const RunContext& context, const std::vector<PlannedRun>& skipped);

// Runs those of `runs` that have no final record, but for those that an earlier driver saw finish
// and had no time to record: they are recorded. Returns early on Ctrl-C and, asked to, on a
// failure.
RunTally RunAll(const RunContext& context, const std::vector<PlannedRun>& runs);

// The runs of `runs` that `store` has no final record of, or one of another status than the plan's
// (skipped).
std::vector<PlannedRun> Pending(const std::vector<Record>& records,
                                const std::vector<PlannedRun>& runs);

// Who and what a run is, before it starts.
Record Identity(const std::string& suite_name, const Cell& cell, const PlannedRun& run);

}  // namespace ablate

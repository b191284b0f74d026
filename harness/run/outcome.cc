#include "harness/run/outcome.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "harness/run/files.h"
#include "harness/run/format.h"
#include "harness/run/last_words.h"
#include "harness/run/rank_failure.h"
#include "harness/run/worker_protocol.h"
#include "model/error.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;

// As the worker or a library says it, in a record's reason.
constexpr std::array<std::string_view, 3> kTransientFaults = {
    "EADDRINUSE", "ddress already in use", "device(s) is/are busy or unavailable"};

void CheckReached(const Record& identity, const Record& record) {
  const Record::Number time = record.time_to_target_s;
  const Record::Count examples = record.examples_to_target;
  if (time.value_or(0) <= 0 || examples.value_or(0) <= 0) {
    throw Error("it reached the target without a time or without examples");
  }
  if (*time > record.time.train_s.value_or(*time)) {
    throw Error("it reached the target after the end of its training");
  }
  if (*examples > record.examples.value_or(*examples)) {
    throw Error("it reached the target after more examples than it was trained on");
  }
  const bool by_train_loss = identity.target_metric == "train_loss";
  const Record::Number loss = by_train_loss ? record.loss.train : record.loss.best_valid;
  if (loss.value_or(0) > identity.target_value) {
    throw Error("it reached the target with a loss above it");
  }
}

void CheckSound(const Record& identity, const Record& record) {
  if (record.run_id != identity.run_id) throw Error("it tells of run " + record.run_id);
  if (record.status == Status::kSkipped) throw Error("a worker can't skip");
  CheckPossible(record);
  if (record.status == Status::kReached) CheckReached(identity, record);
}

// What the worker says of its run. Throws Error where run.json is missing, torn or contradicts
// itself.
Record ReadRun(const Record& identity, const fs::path& run_folder) {
  const auto text = ReadText(run_folder / "run.json");
  if (!text) throw Error("there is none");
  const nlohmann::json json = nlohmann::json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) throw Error("it is not JSON");
  Record record = RecordFromJson(json);
  CheckSound(identity, record);
  return record;
}

void TakeIdentity(const Record& identity, Record& record) {
  record.suite = identity.suite;
  record.cell = identity.cell;
  record.factors = identity.factors;
  record.seed = identity.seed;
  record.block = identity.block;
  record.position = identity.position;
  record.cell_id = identity.cell_id;
  record.run_id = identity.run_id;
  record.target_metric = identity.target_metric;
  record.target_value = identity.target_value;
  record.processes = identity.processes;
  record.environment = identity.environment;
  record.started_at = identity.started_at;
  record.attempts = identity.attempts;
}

// Of a run whose worker has the say.
Record OwnRecord(const Record& identity, const fs::path& run_folder) {
  Record record = ReadRun(identity, run_folder);
  TakeIdentity(identity, record);
  record.reason = WithoutFolders(record.reason);
  return record;
}

Record Ended(const Record& identity, Status status, std::string reason) {
  Record record = identity;
  record.status = status;
  record.reason = std::move(reason);
  return record;
}

Record OwnEnd(const Record& identity, const ProcessEnd& end, const fs::path& run_folder) {
  if (end.ranks.size() > 1) {
    if (auto failure = FindRankFailure(end, run_folder)) {
      Record record = Ended(identity, failure->status, std::move(failure->reason));
      record.memory = failure->memory;
      return record;
    }
  }
  if (end.out_of_memory) {
    return Ended(identity, Status::kOutOfMemory,
                 "the kernel ended the worker for want of host memory");
  }
  if (end.signal != 0) {
    return Ended(
        identity, Status::kFailed,
        WithLastWords("the worker was ended by " + SignalName(end.signal), run_folder / "log.txt"));
  }
  if (end.exit_code != 0) {
    return Ended(identity, Status::kFailed,
                 WithLastWords("the worker exited with " + std::to_string(end.exit_code),
                               run_folder / "log.txt"));
  }
  try {
    return OwnRecord(identity, run_folder);
  } catch (const Error& error) {
    return Ended(identity, Status::kFailed,
                 WithLastWords(std::string("the worker's run.json is unsound: ") + error.what(),
                               run_folder / "log.txt"));
  }
}

// A worker that was asked to stop may have been done already.
Record Stopped(const Record& identity, const ProcessEnd& end, const fs::path& run_folder) {
  if (end.signal == 0 && end.exit_code == 0) {
    const Record record = OwnEnd(identity, end, run_folder);
    if (IsFinal(record.status)) return record;
  }
  return Ended(identity, Status::kInterrupted, "the suite was interrupted");
}

// A worker whom the kernel ended could not tell what it held.
void FillPeak(const ProcessEnd& end, Record& record) {
  int64_t peak = 0;
  for (const RankEnd& rank : end.ranks) peak += rank.peak_rss_bytes;
  if (record.memory.host_peak_rss_bytes || peak == 0) return;
  record.memory.host_peak_rss_bytes = peak;
  record.notes.emplace_back("host memory's peak is that of the whole process, start included");
}

}  // namespace

Record RecordOutcome(const Record& identity, const ProcessEnd& end, const fs::path& run_folder,
                     const ProcessRequest& request) {
  using Cause = ProcessEnd::Cause;
  Record record;
  switch (end.cause) {
    case Cause::kOwn:
      record = OwnEnd(identity, end, run_folder);
      break;
    case Cause::kStopped:
      record = Stopped(identity, end, run_folder);
      break;
    case Cause::kWallLimit:
      record = Ended(identity, Status::kTimedOut,
                     "not finished within " + FormatDuration(request.wall_limit_s));
      break;
    case Cause::kSilence:
      record = Ended(identity, Status::kTimedOut,
                     WithLastWords("no sign of life for " + FormatDuration(request.silence_limit_s),
                                   run_folder / "log.txt"));
      break;
  }
  if (!record.time.wall_s) record.time.wall_s = end.wall_s;
  if (record.status == Status::kOutOfMemory) FillPeak(end, record);
  return record;
}

std::optional<Record> OutcomeLeftBehind(const fs::path& run_folder) try {
  const std::string text = ReadText(run_folder / "config.json").value_or("");
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return std::nullopt;
  const Record identity = WorkerConfigFromJson(json).identity;
  // Of several processes another may have failed after the first had written.
  if (identity.processes > 1) return std::nullopt;
  Record record = OwnRecord(identity, run_folder);
  return IsFinal(record.status) ? std::optional(record) : std::nullopt;
} catch (const Error&) {
  return std::nullopt;
}

bool IsTransient(const Record& record) {
  if (record.status != Status::kFailed) return record.status == Status::kInvalid;
  return std::any_of(kTransientFaults.begin(), kTransientFaults.end(), [&](std::string_view fault) {
    return record.reason.find(fault) != std::string::npos;
  });
}

}  // namespace ablate

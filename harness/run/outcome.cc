#include "harness/run/outcome.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "harness/run/files.h"
#include "harness/run/format.h"
#include "harness/run/last_words.h"
#include "harness/run/out_of_memory.h"
#include "harness/run/rank_failure.h"
#include "harness/run/worker_protocol.h"
#include "model/error.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;

// As the worker or a library says it, in a record's reason.
constexpr std::array<std::string_view, 3> kTransientFaults = {
    "EADDRINUSE", "ddress already in use", "device(s) is/are busy or unavailable"};

void CheckLossAtTarget(const Record& identity, const Record& record) {
  const bool by_train_loss = identity.target_metric == "train_loss";
  const Record::Number loss = by_train_loss ? record.loss.train : record.loss.best_valid;
  if (!loss) throw Error("it reached the target without a loss");
  if (*loss > identity.target_value) throw Error("it reached the target with a loss above it");
}

void CheckReached(const Record& identity, const Record& record) {
  const Record::Number time = record.time_to_target_s;
  const Record::Count examples = record.examples_to_target;
  if (time.value_or(0) <= 0) throw Error("it reached the target without a time");
  if (examples.value_or(0) <= 0) throw Error("it reached the target without examples");
  if (*time > record.time.train_s.value_or(*time)) {
    throw Error("it reached the target after the end of its training");
  }
  if (*examples > record.examples.value_or(*examples)) {
    throw Error("it reached the target after more examples than it was trained on");
  }
  CheckLossAtTarget(identity, record);
}

void CheckSound(const Record& identity, const Record& record) {
  if (record.run_id != identity.run_id) throw Error("it tells of run " + record.run_id);
  if (record.status == Status::kSkipped) throw Error("a worker can't skip");
  CheckPossible(record);
  if (record.status == Status::kReached) CheckReached(identity, record);
  const bool gave_up = record.status == Status::kNotReached || record.status == Status::kDiverged;
  if (gave_up && record.time_to_target_s) throw Error("it has a time to a target not reached");
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

struct OwnWord {
  Record record;
  bool complete = true;
};

// What the worker says of its run. Throws Error where run.json is missing, torn or contradicts
// itself.
OwnWord ReadRun(const Record& identity, const fs::path& run_folder) {
  const auto text = ReadText(run_folder / "run.json");
  if (!text) throw Error("there is none");
  const nlohmann::json json = nlohmann::json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) throw Error("it is not JSON");
  OwnWord word = {RecordFromJson(json)};
  CheckSound(identity, word.record);
  const auto complete = json.find("complete");
  word.complete = complete == json.end() || *complete != false;
  TakeIdentity(identity, word.record);
  word.record.reason = WithoutFolders(word.record.reason);
  for (std::string& note : word.record.notes) note = WithoutFolders(note);
  return word;
}

Record Ended(const Record& identity, Status status, std::string reason) {
  Record record = identity;
  record.status = status;
  record.reason = std::move(reason);
  return record;
}

// The record that a worker which ended badly has where it left no result; nothing where it ended
// well.
std::optional<Record> BadEnd(const Record& identity, const ProcessEnd& end,
                             const fs::path& run_folder, const ProcessRequest& request) {
  using Cause = ProcessEnd::Cause;
  const fs::path log = run_folder / "log.txt";
  const auto failed = [&](const std::string& how) {
    return Ended(identity, Status::kFailed, WithLastWords("the worker " + how, log));
  };
  if (end.cause == Cause::kStopped) {
    return Ended(identity, Status::kInterrupted, "the suite was interrupted");
  }
  if (end.cause == Cause::kWallLimit) {
    return Ended(identity, Status::kTimedOut,
                 "not finished within " + FormatDuration(request.wall_limit_s));
  }
  if (end.cause == Cause::kSilence) {
    const std::string silence = "no sign of life for " + FormatDuration(request.silence_limit_s);
    return Ended(identity, Status::kTimedOut, WithLastWords(silence, log));
  }
  if (end.ranks.size() > 1) {
    if (auto failure = FindRankFailure(end, run_folder)) {
      Record record = Ended(identity, failure->status, std::move(failure->reason));
      record.memory = failure->memory;
      return record;
    }
  }
  if (end.out_of_memory) {
    return Ended(identity, Status::kOutOfMemory,
                 EndedForWantOfMemory("the worker", end.counted_on_whole_machine));
  }
  if (end.signal != 0) return failed("was ended by " + SignalName(end.signal));
  if (end.exit_code != 0) return failed("exited with " + std::to_string(end.exit_code));
  return std::nullopt;
}

// Whether a run.json holds a result that a bad end of some rank cannot spoil any more. Ranks read
// each loss together, so what ended the training holds for all of them, where memory that ran out
// is one rank's alone.
bool IsResult(const OwnWord& word) {
  const Status status = word.record.status;
  return status == Status::kReached || status == Status::kNotReached ||
         status == Status::kDiverged || status == Status::kInvalid ||
         (status == Status::kOutOfMemory && word.record.processes == 1);
}

bool Stands(const OwnWord& word, const Record& bad_end) {
  if (bad_end.status != Status::kInterrupted) return IsResult(word);
  return IsResult(word) && word.complete && IsFinal(word.record.status);
}

Record Outcome(const Record& identity, const ProcessEnd& end, const fs::path& run_folder,
               const ProcessRequest& request) {
  const std::optional<Record> bad_end = BadEnd(identity, end, run_folder, request);
  try {
    OwnWord word = ReadRun(identity, run_folder);
    if (!bad_end) return word.record;
    if (!Stands(word, *bad_end)) return *bad_end;
    const bool by_itself = end.signal == 0 && end.exit_code == 0 && end.ranks.size() <= 1;
    if (!by_itself) word.record.notes.push_back("after this result was there: " + bad_end->reason);
    return word.record;
  } catch (const Error& error) {
    if (bad_end) return *bad_end;
    return Ended(identity, Status::kFailed,
                 WithLastWords(std::string("the worker's run.json is unsound: ") + error.what(),
                               run_folder / "log.txt"));
  }
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
  Record record = Outcome(identity, end, run_folder, request);
  if (!record.time.wall_s) record.time.wall_s = end.wall_s;
  if (record.status == Status::kOutOfMemory) FillPeak(end, record);
  return record;
}

std::optional<Record> OutcomeLeftBehind(const fs::path& run_folder) try {
  const std::string text = ReadText(run_folder / "config.json").value_or("");
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return std::nullopt;
  OwnWord word = ReadRun(WorkerConfigFromJson(json).identity, run_folder);
  const bool finished = IsResult(word) && word.complete && IsFinal(word.record.status);
  return finished ? std::optional(std::move(word.record)) : std::nullopt;
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

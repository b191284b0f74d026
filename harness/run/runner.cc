#include "harness/run/runner.h"

#include <set>

#include "harness/run/files.h"
#include "harness/run/outcome.h"
#include "harness/run/worker_protocol.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;

double WallLimit(const Settings& settings, const RunnerOptions& options) {
  return options.timeout_s.value_or(2 * settings.target.max_seconds + 600);
}

bool MayStartAgain(const Record& record, const RunnerOptions& options) {
  if (IsTransient(record)) return true;
  return options.retry_failed &&
         (record.status == Status::kFailed || record.status == Status::kTimedOut);
}

fs::path ConfigFile(const fs::path& run_folder) { return run_folder / "config.json"; }

ProcessWatcher Watch(const RunContext& context) {
  return {.on_line =
              [&context](std::string_view line) {
                const auto event = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
                if (event.is_object()) context.progress->Heard(event);
              },
          .keep_going =
              [&context] {
                context.progress->Tick();
                return !context.stop_requested();
              }};
}

Record RunOnce(const RunContext& context, const Settings& settings, const Record& identity) {
  const fs::path folder = context.store->FreshRunFolder(identity.run_id);
  const WorkerConfig config = {.identity = identity,
                               .settings = settings,
                               .device = context.device,
                               .encoded_corpus = context.encoded_corpus(settings),
                               .run_dir = folder,
                               .matrix_flops_per_s = context.matrix_flops_per_s};
  const fs::path config_file = ConfigFile(folder);
  WriteTextByRename(config_file, ToJson(config).dump(2) + "\n", /*synced=*/false);
  const ProcessRequest request = {
      .argv = {context.worker.executable.string(), "--config", config_file.string()},
      .environment = context.worker.environment,
      .log = folder / "log.txt",
      .processes = identity.processes,
      .wall_limit_s = WallLimit(settings, context.options),
      .silence_limit_s = context.options.silence_limit_s,
      .grace_s = context.options.grace_s};
  const ProcessEnd end = context.processes->Run(request, Watch(context));
  return RecordOutcome(identity, end, folder, request);
}

void Append(const RunContext& context, const Record& record) {
  context.store->Append(record);
  // It holds this machine's paths; it is worth keeping only where someone wants to start the worker
  // by hand, or where the record could not be appended.
  if (!IsFinal(record.status)) return;
  std::error_code left;  // there, it does no harm
  fs::remove(ConfigFile(context.store->RunFolder(record.run_id)), left);
}

// Whether `left`, found in a run's folder, is news to the store and was measured where we are.
bool IsUnrecorded(const RunContext& context, const Record& left) {
  const Record* known = context.store->Find(left.run_id);
  const bool recorded =
      known != nullptr && known->started_at == left.started_at && known->attempts == left.attempts;
  return !recorded && left.environment == context.environment_hash;
}

// Records what an earlier driver saw finish and had no time, or no room on the disk, to record.
void RecordLeftBehind(const RunContext& context, const std::vector<PlannedRun>& runs) {
  for (const PlannedRun& run : Pending(context.store->records(), runs)) {
    const auto left = OutcomeLeftBehind(context.store->RunFolder(run.run_id));
    if (!left || left->run_id != run.run_id || !IsUnrecorded(context, *left)) continue;
    Record record = *left;
    record.block = run.block;
    record.position = run.position;
    record.notes.emplace_back("recorded by a later call: the driver ended before it could");
    Append(context, record);
  }
}

// Runs until the outcome stands; each attempt leaves a line, and the last one wins.
Record RunToTheEnd(const RunContext& context, const PlannedRun& run) {
  const Cell& cell = context.plan->cells[run.cell];
  Record record = Identity(context.suite_name, cell, run);
  for (int64_t attempt = 1;; ++attempt) {
    Record identity = Identity(context.suite_name, cell, run);
    identity.environment = context.environment_hash;
    identity.started_at = UtcNow();
    identity.attempts = attempt;
    context.progress->RunStarts(identity);
    record = RunOnce(context, cell.settings(), identity);
    Append(context, record);
    const bool again = MayStartAgain(record, context.options) &&
                       attempt < context.options.most_attempts && !context.stop_requested();
    context.progress->RunEnds(record, again);
    if (!again) return record;
  }
}

bool IsFailure(Status status) { return !IsFinal(status) && status != Status::kInterrupted; }

}  // namespace

int64_t RunTally::failures() const {
  int64_t failures = 0;
  for (const auto& [status, count] : ended) failures += IsFailure(status) ? count : 0;
  return failures;
}

Record Identity(const std::string& suite_name, const Cell& cell, const PlannedRun& run) {
  Record identity;
  identity.suite = suite_name;
  identity.cell = cell.name;
  identity.factors = cell.factors;
  identity.seed = run.seed;
  identity.block = run.block;
  identity.position = run.position;
  identity.cell_id = cell.cell_id;
  identity.run_id = run.run_id;
  identity.processes = cell.processes;
  identity.target_metric = cell.suite->base.target.metric;
  identity.target_value = cell.suite->base.target.value;
  return identity;
}

void RecordSkipped(const RunContext& context, const std::vector<PlannedRun>& skipped) {
  for (const PlannedRun& run : skipped) {
    const Cell& cell = context.plan->cells[run.cell];
    const Record* known = context.store->Find(run.run_id);
    if (known != nullptr && known->status == Status::kSkipped &&
        known->reason == cell.skip_reason) {
      continue;
    }
    Record record = Identity(context.suite_name, cell, run);
    record.status = Status::kSkipped;
    record.reason = cell.skip_reason;
    record.environment = context.environment_hash;
    record.started_at = UtcNow();
    record.attempts = 0;
    context.store->Append(record);
  }
}

std::vector<PlannedRun> Pending(const std::vector<Record>& records,
                                const std::vector<PlannedRun>& runs) {
  std::set<std::string> kept;
  for (const Record& record : records) {
    if (IsFinal(record.status) && record.status != Status::kSkipped) kept.insert(record.run_id);
  }
  std::vector<PlannedRun> pending;
  for (const PlannedRun& run : runs) {
    if (!kept.contains(run.run_id)) pending.push_back(run);
  }
  return pending;
}

RunTally RunAll(const RunContext& context, const std::vector<PlannedRun>& runs) {
  RecordLeftBehind(context, runs);
  const std::vector<PlannedRun> pending = Pending(context.store->records(), runs);
  RunTally tally;
  tally.kept = static_cast<int64_t>(runs.size() - pending.size());
  for (const PlannedRun& run : runs) {
    const Record* record = context.store->Find(run.run_id);
    if (record != nullptr && IsFinal(record->status)) ++tally.ended[record->status];
  }
  context.progress->Start(static_cast<int64_t>(runs.size()), tally.kept);
  for (const PlannedRun& run : pending) {
    if (context.stop_requested()) tally.interrupted = true;
    if (tally.interrupted || tally.failed_fast) break;
    const Record record = RunToTheEnd(context, run);
    ++tally.ended[record.status];
    tally.interrupted = record.status == Status::kInterrupted;
    tally.failed_fast = context.options.fail_fast && IsFailure(record.status);
  }
  return tally;
}

}  // namespace ablate

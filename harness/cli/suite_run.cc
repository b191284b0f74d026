#include "harness/cli/suite_run.h"

#include <algorithm>
#include <iostream>
#include <map>

#include "harness/cli/cell_checks.h"
#include "harness/cli/command_line.h"
#include "harness/cli/corpora.h"
#include "harness/cli/export.h"
#include "harness/cli/folders.h"
#include "harness/plan/cell_name.h"
#include "harness/plan/plan.h"
#include "harness/plan/suite.h"
#include "harness/report/render.h"
#include "harness/report/verdict.h"
#include "harness/run/environment.h"
#include "harness/run/mismatch.h"
#include "harness/run/runner.h"
#include "harness/run/stop.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;

// What a call is about, before anything is started or written.
struct Call {
  Suite suite;
  Plan plan;
  SelectedRuns selected;
  fs::path results;
};

Call Prepare(const RunFlags& flags) {
  Call call;
  call.suite = LoadSuite(flags.suite);
  AddSeeds(flags.selection.seeds, call.suite);
  if (!flags.device.empty()) call.suite.device = flags.device;
  call.plan = MakePlan(call.suite);
  call.selected = Select(call.suite, call.plan, flags.selection);
  call.results = ResultsFolder(flags.suite, call.suite.name, flags.results);
  return call;
}

int DryRun(const Call& call, bool fresh) {
  CheckPlan(call.suite, call.plan);
  const RecordLog log = fresh ? RecordLog() : ReadRecordLog(call.results);
  const std::vector<PlannedRun> pending = Pending(log.records, call.selected.runs);
  for (const PlannedRun& run : pending) {
    std::cout << call.plan.cells[run.cell].name << " seed " << run.seed << "\n";
  }
  std::cout << pending.size() << " of " << call.selected.runs.size()
            << " runs would be run, in this order, into " << Shown(call.results) << "; "
            << call.selected.runs.size() - pending.size() << " kept, "
            << call.selected.skipped.size() << " skipped" << std::endl;
  return kDone;
}

ResultStore OpenStore(const Call& call, bool fresh) {
  ResultStore store = ResultStore::Open(call.results, fresh);
  if (!store.moved_aside().empty()) {
    std::cerr << "the earlier results are now in " << Shown(store.moved_aside()) << std::endl;
  }
  for (const std::string& warning : store.warnings())
    std::cerr << "warning: " << warning << std::endl;
  RefuseMismatches(store, SettingsMismatches(call.plan, store));
  return store;
}

// What can be told without starting the worker, so that a call with nothing left to run stays
// quick.
void CheckWorkerAndDevice(const Call& call, const Worker& worker, const ResultStore& store) {
  nlohmann::json now = {{"worker", worker.sha256}};
  if (call.suite.device != "auto") now["device"] = call.suite.device;
  RefuseMismatches(store, EnvironmentMismatches(store.environment(), now));
}

// Fills in what only a run needs: device, corpora, environment.
void CompleteContext(const Call& call, const RunFlags& flags,
                     const std::vector<PlannedRun>& pending, EncodedCorpora& corpora,
                     RunContext& context) {
  const ResolvedDevice device =
      ResolveDevice(context.worker, call.suite.device, MatrixRates::kMeasured);
  const std::vector<const Cell*> cells = CellsOf(call.plan, pending);
  CheckDevice(call.suite, cells, device);
  CheckSentences(call.suite, cells, corpora);
  nlohmann::json environment = MakeEnvironment(HostEnvironment(ProjectFolder(flags.suite)),
                                               context.worker, device, corpora.hashes());
  const nlohmann::json old = context.store->environment();
  RefuseMismatches(*context.store, EnvironmentMismatches(old, environment));
  CarryOver(old, environment);
  context.device = device.name;
  context.environment_hash = context.store->WriteEnvironment(environment);
  context.matrix_flops_per_s = environment.value("matrix_flops_per_s", nlohmann::json::object());
  context.encoded_corpus = [&corpora](const Settings& settings) {
    return corpora.Get(settings).path;
  };
}

void TellSkipped(const Call& call) {
  std::map<std::string, int64_t> reasons;
  for (const PlannedRun& run : call.selected.skipped)
    ++reasons[call.plan.cells[run.cell].skip_reason];
  for (const auto& [reason, count] : reasons) {
    std::cout << "skipped " << count << (count == 1 ? " run: " : " runs: ") << reason << "\n";
  }
}

RunTally RunInto(ResultStore& store, const Call& call, const RunFlags& flags, Progress& progress) {
  RunContext context = {.suite_name = call.suite.name, .plan = &call.plan, .store = &store};
  context.progress = &progress;
  context.worker = FindWorker();
  context.stop_requested = StopSignals::Requested;
  context.options.retry_failed = flags.retry_failed;
  context.options.fail_fast = flags.fail_fast;
  context.options.timeout_s = flags.timeout_s;
  CheckWorkerAndDevice(call, context.worker, store);
  const std::unique_ptr<ProcessRunner> processes = MakeProcessRunner();
  context.processes = processes.get();
  EncodedCorpora corpora(call.suite.folder);
  const std::vector<PlannedRun> pending = Pending(store.records(), call.selected.runs);
  if (!pending.empty()) CompleteContext(call, flags, pending, corpora, context);
  if (pending.empty()) context.environment_hash = EnvironmentHash(store.environment());
  store.WriteSuite(ToJson(call.suite));
  RecordSkipped(context, call.selected.skipped);
  TellSkipped(call);
  return RunAll(context, call.selected.runs);
}

void Publish(const RunFlags& flags, const ResultStore& store) {
  const fs::path folder = ReportFolder(store.folder());
  ExportResults(store.folder(), flags.exports, folder);
  if (flags.no_report) return;
  std::cout << VerdictLine(RenderReport(store.folder(), folder)) << "\n"
            << "Report: " << Shown(folder / "report.md") << std::endl;
}

int Conclude(const RunTally& tally, const ResultStore& store) {
  if (tally.failures() > 0) {
    std::cerr << tally.failures() << (tally.failures() == 1 ? " run" : " runs")
              << " failed, timed out or stayed invalid; what the workers wrote is in "
              << Shown(store.folder() / "runs") << "/<run>/log.txt"
              << (tally.failed_fast ? "; the rest was not run (--fail-fast)" : "") << std::endl;
  }
  if (tally.interrupted) {
    std::cerr << "interrupted; the same command goes on from here" << std::endl;
    return kInterrupted;
  }
  return tally.failures() > 0 ? kRunsFailed : kDone;
}

}  // namespace

int RunSuite(const RunFlags& flags) {
  const Call call = Prepare(flags);
  if (flags.dry_run) return DryRun(call, flags.fresh);
  const StopSignals stop_signals;
  ResultStore store = OpenStore(call, flags.fresh);
  const std::unique_ptr<Progress> progress = MakeProgress(
      [&call](const Record& record) { return DisplayName(call.suite, record.factors); });
  const RunTally tally = RunInto(store, call, flags, *progress);
  Publish(flags, store);
  return Conclude(tally, store);
}

}  // namespace ablate

#include <algorithm>
#include <iostream>
#include <memory>
#include <set>

#include "harness/cli/cell_checks.h"
#include "harness/cli/commands.h"
#include "harness/cli/corpora.h"
#include "harness/cli/folders.h"
#include "harness/plan/cell_name.h"
#include "harness/run/curve_comparison.h"
#include "harness/run/environment.h"
#include "harness/run/files.h"
#include "harness/run/runner.h"
#include "harness/run/stop.h"
#include "model/error.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kRuns = 3;

bool CanRepeat(const Record& record) {
  return record.status == Status::kReached || record.status == Status::kNotReached ||
         record.status == Status::kDiverged;
}

// `count` of the runs that have a curve, spread evenly over the plan, so that they differ in their
// techniques.
std::vector<PlannedRun> Choose(const Plan& plan, const std::vector<Record>& records,
                               int64_t count) {
  std::set<std::string> repeatable;
  for (const Record& record : records) {
    if (CanRepeat(record)) repeatable.insert(record.run_id);
  }
  std::vector<PlannedRun> candidates;
  for (const PlannedRun& run : plan.runs) {
    if (repeatable.contains(run.run_id)) candidates.push_back(run);
  }
  const auto size = static_cast<int64_t>(candidates.size());
  if (size == 0) throw Error("the folder has no finished run to repeat");
  std::vector<PlannedRun> chosen;
  for (int64_t i = 0; i < std::min(count, size); ++i) {
    chosen.push_back(candidates[static_cast<size_t>(i * size / std::min(count, size))]);
  }
  return chosen;
}

nlohmann::json RecordedEnvironment(const fs::path& results) {
  const std::string text = ReadText(results / "environment.json").value_or("");
  nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.value("device", nlohmann::json()).is_string()) {
    throw Error("'" + results.string() +
                "' has no environment.json that names a device; nothing tells where "
                "its runs were made");
  }
  return json;
}

// True where the run's curve came out the same.
bool Compare(const fs::path& there, const Record& before, const Record& now, const fs::path& here) {
  std::cout << before.cell << " seed " << before.seed << ": ";
  if (before.status != now.status) {
    std::cout << "different: " << Name(before.status) << " there, " << DescribeOutcome(now)
              << " here" << std::endl;
    return false;
  }
  const std::vector<std::string> differences = CurveDifferences(
      ReadText(there / "curve.csv").value_or(""), ReadText(here / "curve.csv").value_or(""),
      before.status != Status::kNotReached);
  std::cout << (differences.empty() ? "the same, bit for bit" : "different") << std::endl;
  for (const std::string& difference : differences) std::cout << "  " << difference << "\n";
  return differences.empty();
}

void Caution(const nlohmann::json& recorded, const nlohmann::json& now, const Suite& suite) {
  for (const std::string& mismatch : EnvironmentMismatches(recorded, now)) {
    std::cerr << "note: " << mismatch << "; a difference may come from that" << std::endl;
  }
  if (now["device"] == "cuda" && !suite.base.deterministic) {
    std::cerr << "note: on CUDA only \"deterministic\": true promises the same curve" << std::endl;
  }
}

struct Verification {
  Suite suite;
  Plan plan;
  std::vector<Record> records;
  std::vector<PlannedRun> chosen;
  nlohmann::json environment;
};

Verification Prepare(const fs::path& results, int64_t count) {
  Verification verification;
  verification.suite = LoadSuite(results / "suite.json");
  verification.plan = MakePlan(verification.suite);
  verification.records = ReadRecordLog(results).records;
  verification.chosen = Choose(verification.plan, verification.records, count);
  verification.environment = RecordedEnvironment(results);
  return verification;
}

// Runs the chosen ones into `store`.
RunTally Repeat(const Verification& verification, const fs::path& project, ResultStore& store) {
  const StopSignals stop_signals;
  const std::unique_ptr<Progress> progress = MakeProgress([&verification](const Record& record) {
    return DisplayName(verification.suite, record.factors);
  });
  const std::unique_ptr<ProcessRunner> processes = MakeProcessRunner();
  // The folder doesn't tell where the suite file lay; relative corpus paths start in the project's
  // suites/.
  EncodedCorpora corpora(project / "suites");
  RunContext context = {
      .suite_name = verification.suite.name, .plan = &verification.plan, .store = &store};
  context.processes = processes.get();
  context.progress = progress.get();
  context.worker = FindWorker();
  context.stop_requested = StopSignals::Requested;
  const ResolvedDevice device = ResolveDevice(
      context.worker, verification.environment["device"].get<std::string>(), MatrixRates::kLeftOut);
  context.device = device.name;
  const std::vector<const Cell*> cells = CellsOf(verification.plan, verification.chosen);
  CheckDevice(verification.suite, cells, device);
  CheckSentences(verification.suite, cells, corpora);
  context.encoded_corpus = [&](const Settings& settings) { return corpora.Get(settings).path; };
  Caution(verification.environment,
          MakeEnvironment(HostEnvironment(project), context.worker, device, corpora.hashes()),
          verification.suite);
  return RunAll(context, verification.chosen);
}

int Verify(const fs::path& results, int64_t count) {
  const Verification verification = Prepare(results, count);
  const TemporaryFolder temporary;
  ResultStore store = ResultStore::Open(temporary.path());
  if (Repeat(verification, ProjectFolder(results / "suite.json"), store).interrupted)
    return kInterrupted;
  size_t same = 0;
  for (const PlannedRun& run : verification.chosen) {
    const auto before =
        std::find_if(verification.records.begin(), verification.records.end(),
                     [&](const Record& record) { return record.run_id == run.run_id; });
    same += Compare(results / "runs" / run.run_id, *before, *store.Find(run.run_id),
                    store.RunFolder(run.run_id));
  }
  std::cout << same << " of " << verification.chosen.size() << " runs repeated themselves"
            << std::endl;
  return same == verification.chosen.size() ? kDone : kRegression;
}

}  // namespace

void AddVerifyCommand(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "verify",
      "Repeat some finished runs and compare their curves bit for bit; exit 1 where one differs");
  struct Flags {
    std::string results;
    int64_t runs = kRuns;
  };
  const auto flags = std::make_shared<Flags>();
  command->add_option("RESULTS", flags->results, "Results folder; nothing is written into it")
      ->required();
  command->add_option("--runs", flags->runs, "How many, spread over the cells; default: 3")
      ->check(CLI::PositiveNumber);
  command->callback([=, &action] { action = [=] { return Verify(flags->results, flags->runs); }; });
}

}  // namespace ablate

#include "harness/cli/calibration.h"

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>

#include "harness/cli/cell_checks.h"
#include "harness/cli/corpora.h"
#include "harness/cli/folders.h"
#include "harness/report/forecast.h"
#include "harness/run/environment.h"
#include "harness/run/runner.h"
#include "harness/run/stop.h"
#include "model/error.h"

namespace ablate {
namespace {

constexpr double kSeconds = 5;

// The baseline alone, for a few seconds.
Suite ShortSuite(Suite suite) {
  for (Factor& factor : suite.factors) {
    factor.levels = {factor.levels[factor.baseline]};
    factor.baseline = 0;
  }
  suite.exclusions.clear();
  suite.design = Design::kFactorial;
  suite.seeds.resize(1);
  suite.base.target.max_seconds = std::min(suite.base.target.max_seconds, kSeconds);
  suite.base.quality.max_sentences = 0;
  return suite;
}

Record RunShort(const Suite& suite, const Plan& plan, EncodedCorpora& corpora) {
  const TemporaryFolder temporary;
  ResultStore store = ResultStore::Open(temporary.path());
  const StopSignals stop_signals;
  const std::unique_ptr<ProcessRunner> processes = MakeProcessRunner();
  const std::unique_ptr<Progress> progress = MakeLineProgress(std::cerr);
  RunContext context = {.suite_name = suite.name, .plan = &plan, .store = &store};
  context.processes = processes.get();
  context.progress = progress.get();
  context.worker = FindWorker();
  context.stop_requested = StopSignals::Requested;
  const ResolvedDevice device = ResolveDevice(context.worker, suite.device, MatrixRates::kLeftOut);
  context.device = device.name;
  CheckDevice(suite, CellsOf(plan, plan.runs), device);
  CheckSentences(suite, CellsOf(plan, plan.runs), corpora);
  context.encoded_corpus = [&](const Settings& settings) { return corpora.Get(settings).path; };
  RunAll(context, plan.runs);
  const Record* record = store.Find(plan.runs.front().run_id);
  if (record == nullptr) throw Error("the calibrating run was interrupted");
  for (const std::string& note : record->notes)
    std::cerr << "note: of the calibrating run: " << note << std::endl;
  return *record;
}

}  // namespace

double CalibratedRun(const Suite& suite) {
  const Suite short_suite = ShortSuite(suite);
  const Plan plan = MakePlan(short_suite);
  const Settings settings = plan.cells.front().settings();
  EncodedCorpora corpora(suite.folder);
  const int64_t epoch_examples = corpora.Get(settings).counts.train;
  const Record record = RunShort(short_suite, plan, corpora);
  Settings whole = settings;
  whole.target.max_seconds = suite.base.target.max_seconds;
  const std::optional<double> longest = LongestRun(whole, record, epoch_examples);
  if (!longest) {
    throw Error("the calibrating run tells no time: " + DescribeOutcome(record) +
                "; plan without --calibrate");
  }
  return *longest;
}

}  // namespace ablate

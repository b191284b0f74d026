#include <iostream>
#include <memory>

#include "harness/cli/cell_checks.h"
#include "harness/cli/commands.h"
#include "harness/cli/corpora.h"
#include "harness/cli/execute.h"
#include "harness/cli/folders.h"
#include "harness/plan/nearest.h"
#include "harness/run/environment.h"
#include "harness/run/files.h"
#include "harness/run/runner.h"
#include "harness/run/selection.h"
#include "harness/run/worker_protocol.h"
#include "model/error.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;

struct Flags {
  std::string suite, cell, device, results;
  uint64_t seed = 0;  // 0: the suite's first
};

const PlannedRun& FindRun(const Plan& plan, size_t cell, uint64_t seed) {
  for (const PlannedRun& run : plan.runs) {
    if (run.cell == cell && run.seed == seed) return run;
  }
  throw Error("cell " + plan.cells[cell].name + " is excluded: " + plan.cells[cell].skip_reason);
}

// The one cell that `expression` names: by its whole name, or as --filter does. Empty: the
// baseline.
size_t FindCell(const Suite& suite, const Plan& plan, const std::string& expression) {
  const CellFilter filter(expression, suite);
  std::vector<size_t> found;
  std::vector<std::string> names;
  for (size_t i = 0; i < plan.cells.size(); ++i) {
    if (expression.empty() ? !plan.cells[i].baseline : !filter.Matches(plan.cells[i])) continue;
    found.push_back(i);
    names.push_back(plan.cells[i].name);
  }
  if (found.size() == 1) return found[0];
  if (found.empty())
    throw Error("--cell: no cell of the suite is " +
                (expression.empty() ? "the baseline" : expression));
  names.resize(std::min<size_t>(names.size(), 6));
  throw Error("--cell: " + std::to_string(found.size()) + " cells fit '" + expression +
              "', one is wanted; name more factors. The first: " + Join(names, "; "));
}

std::vector<std::string> NsysCommand(const std::string& device, const fs::path& output,
                                     const fs::path& worker, const fs::path& config) {
  std::vector<std::string> argv = {"nsys", "profile", "--output=" + output.string(),
                                   "--force-overwrite=true"};
  if (device == "cuda") {
    argv.insert(argv.end(), {"--capture-range=cudaProfilerApi", "--capture-range-end=stop",
                             "--trace=cuda,nvtx,osrt,cublas,cudnn"});
  } else {
    argv.push_back("--trace=nvtx,osrt");  // nothing opens a capture range where there is no CUDA
  }
  argv.insert(argv.end(), {worker.string(), "--config", config.string()});
  return argv;
}

int Profile(const Flags& flags) {
  Suite suite = LoadSuite(flags.suite);
  const uint64_t seed = flags.seed != 0 ? flags.seed : suite.seeds.front();
  AddSeeds({seed}, suite);
  const Plan plan = MakePlan(suite);
  const size_t cell = FindCell(suite, plan, flags.cell);
  const PlannedRun& run = FindRun(plan, cell, seed);
  const Settings settings = plan.cells[cell].settings();
  const Worker worker = FindWorker();
  const ResolvedDevice device = ResolveDevice(
      worker, flags.device.empty() ? suite.device : flags.device, MatrixRates::kMeasured);
  if (plan.cells[cell].processes > 1) {
    throw Error("the cell " + plan.cells[cell].name + " trains on " +
                std::to_string(plan.cells[cell].processes) +
                " processes, and one is profiled; name a cell of one process");
  }
  EncodedCorpora corpora(suite.folder);
  CheckSentences(suite, {&plan.cells[cell]}, corpora);
  // In a folder of its own, without a line in records.jsonl: a profiled run is no measurement.
  const fs::path folder =
      fs::absolute(ProfileFolder(ResultsFolder(flags.suite, suite.name, flags.results))) /
      run.run_id;
  fs::create_directories(folder);
  const WorkerConfig config = {.identity = Identity(suite.name, plan.cells[cell], run),
                               .settings = settings,
                               .device = device.name,
                               .encoded_corpus = corpora.Get(settings).path,
                               .run_dir = folder,
                               .profile = true,
                               .matrix_flops_per_s = device.environment.value(
                                   "matrix_flops_per_s", nlohmann::json::object())};
  WriteTextByRename(folder / "config.json", ToJson(config).dump(2) + "\n");
  const auto argv =
      NsysCommand(device.name, folder / "profile", worker.executable, folder / "config.json");
  std::cout << ShellLine(argv, worker.environment) << std::endl;
  if (FindInPath("nsys").empty()) {
    throw Error(
        "nsys is not in PATH: install NVIDIA Nsight Systems (the package nsight-systems-cli of "
        "NVIDIA's "
        "CUDA repository), then run the line above");
  }
  std::cout << "profile: " << Shown(folder / "profile.nsys-rep") << std::endl;
  Execute(argv, worker.environment);
}

}  // namespace

void AddProfileCommand(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "profile", "Run one cell under Nsight Systems; the run stays out of the results");
  const auto flags = std::make_shared<Flags>();
  command->add_option("SUITE", flags->suite, "Suite file")->required();
  command->add_option(
      "--cell", flags->cell,
      "The cell: its name, or as much of it as names one, as in padding=dynamic,precision=amp; "
      "default: the baseline");
  command->add_option("--seed", flags->seed, "Default: the suite's first");
  command->add_option("--device", flags->device, "Instead of the suite's")
      ->check(CLI::IsMember({"cpu", "cuda", "auto"}));
  command->add_option(
      "--results", flags->results,
      "The profile goes to profiles/ in this folder; default: results/<suite> beside suites/");
  command->callback([=, &action] { action = [=] { return Profile(*flags); }; });
}

}  // namespace ablate

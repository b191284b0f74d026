#include "harness/cli/commands.h"
#include "harness/cli/execute.h"
#include "harness/run/worker_location.h"

namespace ablate {

int RunBench(const std::vector<std::string>& arguments) {
  const Worker bench = FindWorker(ExecutableFolder(), "ablate-bench");
  std::vector<std::string> argv = {bench.executable.string()};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  Execute(argv, bench.environment);
}

void AddBenchCommand(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "bench",
      "Run the micro-benchmarks; all that follows goes to Google Benchmark, as in\n"
      "ablate bench --benchmark_filter=Attention");
  command->callback([&action] { action = [] { return RunBench({}); }; });
}

}  // namespace ablate

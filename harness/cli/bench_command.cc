#include "harness/cli/commands.h"
#include "harness/cli/execute.h"
#include "harness/run/worker_location.h"

namespace ablate {

void AddBenchCommand(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "bench",
      "Run the micro-benchmarks; all that follows goes to Google Benchmark, as in\n"
      "ablate bench --benchmark_filter=Attention");
  command->prefix_command();
  command->callback([command, &action] {
    action = [command]() -> int {
      const Worker bench = FindWorker(ExecutableFolder(), "ablate-bench");
      std::vector<std::string> argv = {bench.executable.string()};
      for (const std::string& argument : command->remaining()) argv.push_back(argument);
      Execute(argv, bench.environment);
    };
  });
}

}  // namespace ablate

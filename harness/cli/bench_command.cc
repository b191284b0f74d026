#include <algorithm>
#include <filesystem>
#include <iostream>

#include "harness/cli/commands.h"
#include "harness/cli/execute.h"
#include "harness/cli/folders.h"
#include "harness/cli/gate.h"
#include "harness/report/benchmark_comparison.h"
#include "harness/run/files.h"
#include "harness/run/worker_location.h"
#include "model/error.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;
using Arguments = std::vector<std::string>;

struct BenchFlags {
  std::string results, compare, with, json, max_regression = "5%";
  bool across_machines = false;
  Arguments rest;  // Google Benchmark's
};

constexpr const char* kFlags =
    "Run the micro-benchmarks. All that is not named here goes to Google Benchmark, as in\n"
    "ablate bench --benchmark_filter=Attention\n\n"
    "  --results DIR          Leave what was measured in this results folder: its report shows it\n"
    "  --compare OLD.json     Judge against an earlier bench.json: exit 0 no slower, 1 slower, 5 "
    "the repetitions cannot tell\n"
    "  --with NEW.json        Judge this file instead of measuring\n"
    "  --max-regression 5%    How much slower is no regression\n"
    "  --across-machines      Judge though device, threads or processors differ\n"
    "  --json FILE            Write the judgement to this file, too";

// Takes "--name value" or "--name=value" off at `place`; false where something else stands there.
bool Take(const Arguments& arguments, size_t& place, const std::string& name, std::string& value) {
  const std::string& argument = arguments[place];
  if (argument.starts_with(name + "=")) {
    value = argument.substr(name.size() + 1);
    return true;
  }
  if (argument != name) return false;
  if (place + 1 == arguments.size()) throw Error(name + " needs a value");
  value = arguments[++place];
  return true;
}

BenchFlags ParseFlags(const Arguments& arguments) {
  BenchFlags flags;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--across-machines") {
      flags.across_machines = true;
    } else if (!Take(arguments, i, "--results", flags.results) &&
               !Take(arguments, i, "--compare", flags.compare) &&
               !Take(arguments, i, "--with", flags.with) &&
               !Take(arguments, i, "--json", flags.json) &&
               !Take(arguments, i, "--max-regression", flags.max_regression)) {
      flags.rest.push_back(arguments[i]);
    }
  }
  return flags;
}

void Check(const BenchFlags& flags) {
  if (!flags.results.empty() && !fs::is_directory(flags.results)) {
    throw Error("--results: there is no folder '" + flags.results +
                "'; name one that `ablate run` wrote");
  }
  if (!flags.with.empty() && flags.compare.empty()) {
    throw Error("--with names what is judged; --compare OLD.json says against what");
  }
  const auto is_output = [](const std::string& a) { return a.starts_with("--benchmark_out"); };
  if (std::ranges::any_of(flags.rest, is_output)) {
    throw Error("--benchmark_out: --results and --compare need it themselves; leave it away");
  }
}

bool Has(const Arguments& arguments, const char* prefix) {
  return std::ranges::any_of(arguments,
                             [&](const std::string& a) { return a.starts_with(prefix); });
}

Arguments CommandLine(const Worker& bench, const BenchFlags& flags) {
  Arguments argv = {bench.executable.string()};
  argv.insert(argv.end(), flags.rest.begin(), flags.rest.end());
  if (!flags.compare.empty() && !Has(argv, "--benchmark_repetitions")) {
    argv.insert(argv.end(),
                {"--benchmark_repetitions=10", "--benchmark_enable_random_interleaving=true"});
  }
  return argv;
}

std::string Read(const fs::path& file) {
  if (auto text = ReadText(file)) return *text;
  throw Error("'" + file.string() +
              "' cannot be read; `ablate bench --results DIR` writes DIR/bench.json");
}

// The benchmarks' JSON, just measured. Its table goes to stderr: stdout is the judgement's.
std::string Measure(const BenchFlags& flags) {
  const Worker bench = FindWorker(ExecutableFolder(), "ablate-bench");
  const TemporaryFolder folder;
  const fs::path output = folder.path() / "bench.json";
  Arguments argv = CommandLine(bench, flags);
  argv.insert(argv.end(), {"--benchmark_out=" + output.string(), "--benchmark_out_format=json"});
  const int exit_code = RunToEnd(argv, bench.environment);
  if (exit_code != 0) {
    throw Error("ablate-bench ended with exit code " + std::to_string(exit_code) + "; see above");
  }
  return Read(output);
}

void RefuseOtherMachine(const BenchFlags& flags, const Benchmarks& before, const Benchmarks& now) {
  const std::vector<std::string> differences = DifferingContexts(before.context, now.context);
  if (differences.empty() || flags.across_machines) return;
  std::string message = "'" + flags.compare + "' was not measured as the new benchmarks were:";
  for (const std::string& difference : differences) message += "\n  " + difference;
  throw Error(message + "\nMake it anew on this machine, or compare with --across-machines");
}

int Judge(const BenchFlags& flags, const Benchmarks& before, const std::string& text) {
  const Benchmarks now = ParseBenchmarks(text, flags.with.empty() ? "bench.json" : flags.with);
  RefuseOtherMachine(flags, before, now);
  const BenchmarkComparison comparison =
      CompareBenchmarks(before, now, ParseShare(flags.max_regression));
  if (!flags.json.empty()) WriteTextByRename(flags.json, ToJson(comparison).dump(2) + "\n");
  std::cout << RenderComparison(comparison) << std::flush;
  return ExitCodeOf(comparison.verdict);
}

int RunAndKeep(const BenchFlags& flags) {
  Check(flags);
  ParseShare(flags.max_regression);
  Benchmarks before;  // read first: what is wrong with it should not cost the time of measuring
  if (!flags.compare.empty()) before = ParseBenchmarks(Read(flags.compare), flags.compare);
  const std::string text = flags.with.empty() ? Measure(flags) : Read(flags.with);
  if (!flags.results.empty()) {
    ParseBenchmarks(text, "bench.json");
    WriteTextByRename(fs::path(flags.results) / "bench.json", text);
  }
  return flags.compare.empty() ? kDone : Judge(flags, before, text);
}

}  // namespace

int RunBench(const Arguments& arguments) {
  const BenchFlags flags = ParseFlags(arguments);
  if (!flags.results.empty() || !flags.compare.empty() || !flags.with.empty()) {
    return RunAndKeep(flags);
  }
  const Worker bench = FindWorker(ExecutableFolder(), "ablate-bench");
  Execute(CommandLine(bench, flags), bench.environment);
}

void AddBenchCommand(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("bench", kFlags);
  command->callback([&action] { action = [] { return RunBench({}); }; });
}

}  // namespace ablate

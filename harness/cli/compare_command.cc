#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <vector>

#include "harness/cli/commands.h"
#include "harness/cli/gate.h"
#include "harness/report/comparison.h"
#include "harness/report/comparison_text.h"
#include "harness/run/files.h"
#include "harness/run/store.h"
#include "model/error.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;

struct Flags {
  std::string baseline, now, metric = "time_to_target_s", max_regression = "5%", json;
  bool across_machines = false;
};

std::vector<Record> RecordsOf(const fs::path& results) {
  RecordLog log = ReadRecordLog(results);
  for (const std::string& warning : log.warnings) std::cerr << "warning: " << warning << std::endl;
  if (log.records.empty()) {
    throw Error("'" + results.string() +
                "' holds no records: give a folder that `ablate run` wrote");
  }
  return std::move(log.records);
}

// The folder's environment.json, and the earlier ones that it keeps.
std::vector<nlohmann::json> EnvironmentsOf(const fs::path& results) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(results)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("environment") && name.ends_with(".json")) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  std::vector<nlohmann::json> environments;
  for (const fs::path& file : files)
    environments.push_back(
        nlohmann::json::parse(ReadText(file).value_or(""), nullptr, /*allow_exceptions=*/false));
  if (environments.empty()) environments.emplace_back(nullptr);
  return environments;
}

std::vector<std::string> DifferencesOf(const Flags& flags) {
  std::vector<nlohmann::json> all = EnvironmentsOf(flags.baseline);
  const nlohmann::json first = all.front();
  for (nlohmann::json& environment : EnvironmentsOf(flags.now))
    all.push_back(std::move(environment));
  std::vector<std::string> differences;
  for (const nlohmann::json& environment : all) {
    for (const std::string& line : DifferingMachines(first, environment))
      if (std::ranges::find(differences, line) == differences.end()) differences.push_back(line);
  }
  return differences;
}

void RefuseOtherMachine(const Flags& flags, const std::vector<std::string>& differences) {
  if (differences.empty() || flags.across_machines) return;
  std::string message = "'" + flags.baseline + "' and '" + flags.now +
                        "' were not measured on machines that can be compared:";
  for (const std::string& difference : differences) message += "\n  " + difference;
  throw Error(message +
              "\nMake the baseline anew on this machine, or compare across machines with "
              "--across-machines");
}

int CompareFolders(const Flags& flags) {
  const Response& response = ResponseNamed(flags.metric);
  const double max_regression = ParseShare(flags.max_regression);
  const std::vector<Record> baseline = RecordsOf(flags.baseline);
  const std::vector<Record> now = RecordsOf(flags.now);
  const std::vector<std::string> differences = DifferencesOf(flags);
  RefuseOtherMachine(flags, differences);
  Comparison comparison = Compare(PairRuns(baseline, now, response), max_regression);
  for (const std::string& line : differences)
    comparison.notes.push_back("Across machines: " + line + ".");
  if (!flags.json.empty()) WriteTextByRename(flags.json, ToJson(comparison).dump(2) + "\n");
  std::cout << RenderComparison(comparison) << std::flush;
  return ExitCodeOf(comparison.verdict);
}

}  // namespace

void AddCompareCommand(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "compare",
      "Say whether newer results are worse than older ones: exit 0 no, 1 yes, 5 the runs cannot "
      "tell");
  const auto flags = std::make_shared<Flags>();
  command->add_option("BASELINE", flags->baseline, "Results folder of the older runs")->required();
  command->add_option("NEW", flags->now, "Results folder of the newer runs")->required();
  command->add_option("--metric", flags->metric,
                      "A key of the cells in summary.json; default: time_to_target_s");
  command->add_option("--max-regression", flags->max_regression,
                      "How much worse is no regression, as in 5% or 0.05; default: 5%");
  command->add_flag("--across-machines", flags->across_machines,
                    "Compare though device, driver or LibTorch differ");
  command->add_option("--json", flags->json, "Write what is printed to this file, as JSON");
  command->callback([=, &action] { action = [=] { return CompareFolders(*flags); }; });
}

}  // namespace ablate

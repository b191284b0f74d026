#include "harness/report/exports/export.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

#include "harness/report/exports/action_benchmark.h"
#include "harness/report/exports/csv.h"
#include "harness/report/exports/google_benchmark.h"
#include "harness/report/exports/junit.h"
#include "harness/report/exports/mlperf.h"
#include "harness/report/exports/step_summary.h"
#include "harness/run/files.h"
#include "model/error.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;

constexpr std::array kFormats = {
    ExportFormat{"csv", "records.csv", "the records, a row each"},
    ExportFormat{"json", "records.json", "the records, a list"},
    ExportFormat{"google-benchmark", "google-benchmark.json", "for Google Benchmark's compare.py"},
    ExportFormat{"junit", "junit.xml", "a testcase a cell"},
    ExportFormat{"step-summary", "step-summary.md",
                 "the answer for GitHub, appended to $GITHUB_STEP_SUMMARY where it is set"},
    ExportFormat{"action-benchmark", "action-benchmark.json",
                 "for github-action-benchmark, customSmallerIsBetter"},
    ExportFormat{"mlperf", "mlperf", ":::MLLOG lines, a file a run"}};

template <typename Json>
std::string Text(const Json& json) {
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string RecordsJson(const std::vector<Record>& records) {
  nlohmann::json rows = nlohmann::json::array();
  for (const Record& record : records) rows.push_back(ToJson(record));
  return Text(rows);
}

std::string FileText(const ExportInput& input, std::string_view format) {
  if (format == "csv") return RecordsCsv(input.results.records);
  if (format == "json") return RecordsJson(input.results.records);
  if (format == "google-benchmark") return Text(GoogleBenchmark(input));
  if (format == "junit") return JUnitXml(input);
  if (format == "step-summary") return StepSummary(input);
  return Text(ActionBenchmark(input));
}

void CreateFolder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw Error("cannot make the folder '" + folder.string() + "': " + error.message());
}

std::optional<Settings> SettingsOf(const Plan& plan, const std::string& cell) {
  const auto found = std::ranges::find(plan.cells, cell, &Cell::name);
  if (found == plan.cells.end()) return std::nullopt;
  return found->settings();
}

void RemoveLogs(const fs::path& folder) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".log") fs::remove(entry.path(), error);
  }
}

void WriteMlperf(const ExportInput& input, const fs::path& folder) {
  CreateFolder(folder);
  RemoveLogs(folder);
  for (const auto& [cell, runs] : GroupByCell(input.results.records)) {
    const std::optional<Settings> settings = SettingsOf(input.results.plan, cell);
    for (const Record* run : runs) {
      const auto found = input.results.evidence.find(run->run_id);
      const RunEvidence* evidence =
          found == input.results.evidence.end() ? nullptr : &found->second;
      WriteTextByRename(folder / (run->run_id + ".log"),
                        MlperfLog(*run, settings ? &*settings : nullptr, evidence),
                        /*synced=*/false);
    }
  }
}

}  // namespace

std::span<const ExportFormat> ExportFormats() { return kFormats; }

fs::path WriteExport(const ExportInput& input, std::string_view format, const fs::path& folder) {
  const auto found = std::ranges::find(kFormats, format, &ExportFormat::name);
  if (found == kFormats.end()) {
    throw Error("there is no export format '" + std::string(format) + "'");
  }
  const char* step_summary = std::getenv("GITHUB_STEP_SUMMARY");
  if (format == "step-summary" && step_summary != nullptr && *step_summary != '\0') {
    AppendStepSummary(input, step_summary);
    return step_summary;
  }
  const fs::path path = folder / found->file;
  CreateFolder(folder);
  if (format == "mlperf") {
    WriteMlperf(input, path);
  } else {
    WriteTextByRename(path, FileText(input, format), /*synced=*/false);
  }
  return path;
}

}  // namespace ablate

#include "harness/report/exports/action_benchmark.h"

#include <string>

namespace ablate {
namespace {

using Json = nlohmann::ordered_json;

struct SmallerIsBetter {
  const char* name;  // as in summary.json
  const char* unit;
  Estimate CellSummary::*estimate;
};
constexpr SmallerIsBetter kResponses[] = {
    {"time_to_target_s", "s", &CellSummary::time_to_target_s},
    {"examples_to_target", "examples", &CellSummary::examples_to_target},
    {"seconds_per_example", "s/example", &CellSummary::seconds_per_example},
    {"device_peak_allocated_bytes", "bytes", &CellSummary::device_peak_allocated_bytes},
    {"host_peak_rss_bytes", "bytes", &CellSummary::host_peak_rss_bytes},
    {"energy_j", "J", &CellSummary::energy_j}};

std::string Extra(const CellSummary& cell) {
  std::string text = "reached the target: " + std::to_string(cell.reached) + " of " +
                     std::to_string(cell.runs) + "\nruns:";
  for (const std::string& run : cell.run_ids) text += " " + run;
  return text;
}

Json Entry(const CellSummary& cell, const SmallerIsBetter& response, const Estimate& estimate) {
  Json entry = {{"name", cell.name + ": " + response.name},
                {"unit", response.unit},
                {"value", *estimate.mean}};
  if (estimate.low && estimate.high) {
    entry["range"] = ShortestText(*estimate.low) + " to " + ShortestText(*estimate.high);
  }
  entry["extra"] = Extra(cell);
  return entry;
}

}  // namespace

Json ActionBenchmark(const ExportInput& input) {
  Json entries = Json::array();
  for (const CellSummary& cell : input.summary.cells) {
    for (const SmallerIsBetter& response : kResponses) {
      const Estimate& estimate = cell.*response.estimate;
      if (estimate.mean) entries.push_back(Entry(cell, response, estimate));
    }
  }
  return entries;
}

}  // namespace ablate

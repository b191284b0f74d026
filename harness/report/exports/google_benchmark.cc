#include "harness/report/exports/google_benchmark.h"

#include <algorithm>
#include <string>

#include "harness/report/verdict.h"

namespace ablate {
namespace {

using Json = nlohmann::ordered_json;

// Counters and where a record has them.
constexpr std::pair<const char*, const char*> kCounters[] = {
    {"seed", "/seed"},
    {"examples_to_target", "/examples_to_target"},
    {"updates_to_target", "/updates_to_target"},
    {"target_tokens_per_s", "/throughput/target_tokens_per_s"},
    {"padding_efficiency", "/throughput/padding_efficiency"},
    {"update_ms_p50", "/throughput/update_ms_p50"},
    {"device_peak_allocated_bytes", "/memory/device_peak_allocated_bytes"},
    {"host_peak_rss_bytes", "/memory/host_peak_rss_bytes"},
    {"energy_j", "/energy_j"},
    {"bleu", "/quality/bleu"},
    {"valid_loss", "/loss/valid"}};

void AddCounters(const Record& run, Json& entry) {
  const nlohmann::json record = ToJson(run);
  for (const auto& [name, pointer] : kCounters) {
    const nlohmann::json value = record.value(nlohmann::json::json_pointer(pointer),
                                              nlohmann::json());  // a reader can't take null
    if (value.is_number()) entry[name] = value;
  }
}

struct Place {
  size_t family = 0, repetition = 0, repetitions = 0;
};

Json Repetition(const Record& run, Place place) {
  const double milliseconds = *run.time_to_target_s * 1000;
  Json entry = {{"name", run.cell},
                {"family_index", place.family},
                {"per_family_instance_index", 0},
                {"run_name", run.cell},
                {"run_type", "iteration"},
                {"repetitions", place.repetitions},
                {"repetition_index", place.repetition},
                {"threads", run.processes},
                {"iterations", 1},
                {"real_time", milliseconds},
                {"cpu_time", milliseconds},
                {"time_unit", "ms"},
                {"label", run.run_id}};
  AddCounters(run, entry);
  return entry;
}

bool HasTime(const Record& run) {
  return run.status == Status::kReached && run.time_to_target_s.has_value();
}

// Splits a cell's runs into those that are compared and those that are named in the context.
std::vector<const Record*> Compared(const CellSummary& cell, const std::vector<const Record*>& runs,
                                    Json& left_out) {
  std::vector<const Record*> compared;
  for (const Record* run : runs) {
    if (cell.time_to_target_s.mean && HasTime(*run)) {
      compared.push_back(run);
    } else {
      left_out.push_back(run->run_id + " (" + run->cell + ") " + OutcomeWords(*run));
    }
  }
  return compared;
}

Json Context(const ExportInput& input) {
  Json context = Json::object();
  std::string date;
  for (const Record& record : input.results.records) date = std::max(date, record.started_at);
  if (!date.empty()) context["date"] = date;
  const nlohmann::json& environment = input.results.environment;
  const std::string host = EnvironmentText(environment, "host");
  if (!host.empty()) context["host_name"] = host;
  context["executable"] = "ablate";
  const nlohmann::json cpu =
      environment.is_object() ? environment.value("cpu", nlohmann::json()) : nlohmann::json();
  if (cpu.is_object() && cpu.contains("threads")) context["num_cpus"] = cpu["threads"];
  context["suite"] = input.summary.suite;
  context["real_time"] = "training time to " + TargetWords(input.summary);
  context["cpu_time"] = "the same as real_time; CPU time is not measured";
  return context;
}

}  // namespace

Json GoogleBenchmark(const ExportInput& input) {
  const RunsByCell by_cell = GroupByCell(input.results.records);
  Json benchmarks = Json::array(), left_out = Json::array();
  for (size_t family = 0; family < input.summary.cells.size(); ++family) {
    const CellSummary& cell = input.summary.cells[family];
    const auto found = by_cell.find(cell.name);
    if (found == by_cell.end()) continue;
    const std::vector<const Record*> runs = Compared(cell, found->second, left_out);
    for (size_t i = 0; i < runs.size(); ++i) {
      benchmarks.push_back(Repetition(*runs[i], {family, i, runs.size()}));
    }
  }
  Json context = Context(input);
  context["left_out"] = left_out;
  return {{"context", context}, {"benchmarks", benchmarks}};
}

}  // namespace ablate

#include "harness/report/exports/export_input.h"

#include <algorithm>

namespace ablate {

RunsByCell GroupByCell(const std::vector<Record>& records) {
  RunsByCell cells;
  for (const Record& record : records) {
    if (record.status != Status::kSkipped) cells[record.cell].push_back(&record);
  }
  for (auto& [name, runs] : cells) {
    std::ranges::sort(runs, {}, [](const Record* run) { return run->seed; });
  }
  return cells;
}

std::string OutcomeWords(const Record& run) {
  const std::string status(Name(run.status));
  return run.reason.empty() ? status : status + ": " + run.reason;
}

std::string ShortestText(double value) { return nlohmann::json(value).dump(); }

std::string EnvironmentText(const nlohmann::json& environment, const std::string& key) {
  if (!environment.is_object()) return "";
  const auto found = environment.find(key);
  return found != environment.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace ablate

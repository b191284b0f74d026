#include "harness/train/run_files.h"

#include <nlohmann/json.hpp>
#include <ostream>

#include "model/data/atomic_file.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;

// A translation by a model of bytes may end within a character.
std::string Text(const nlohmann::json& json) {
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace

void WriteRun(const fs::path& run_dir, const Record& record, const std::string& curve_csv,
              const std::vector<Translation>& samples) {
  nlohmann::json json = ToJson(record);
  json["samples"] = nlohmann::json::array();
  for (const Translation& sample : samples) {
    json["samples"].push_back({{"source", sample.source},
                               {"reference", sample.reference},
                               {"translation", sample.translation}});
  }
  if (!curve_csv.empty()) WriteByRename(run_dir / "curve.csv", curve_csv);
  WriteByRename(run_dir / "run.json", Text(json));
}

void WriteRunEarly(const fs::path& run_dir, Record record, const std::string& curve_csv) {
  record.notes.emplace_back(
      "the worker ended before it had evaluated all: what is absent here is not known");
  nlohmann::json json = ToJson(record);
  json["samples"] = nlohmann::json::array();
  json["complete"] = false;
  WriteByRename(run_dir / "curve.csv", [&](std::ostream& file) { file << curve_csv; });
  WriteByRename(run_dir / "run.json", [&](std::ostream& file) { file << Text(json); });
}

void WriteRankFailure(const fs::path& run_dir, int64_t rank, const Record& record) {
  const nlohmann::json failure = {{"status", Name(record.status)},
                                  {"reason", record.reason},
                                  {"memory", ToJson(record)["memory"]}};
  WriteByRename(run_dir / ("rank-" + std::to_string(rank) + ".json"), Text(failure));
}

}  // namespace ablate

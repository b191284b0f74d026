#include "harness/run/mismatch.h"

#include <algorithm>
#include <map>
#include <set>

#include "harness/plan/suite.h"
#include "harness/run/files.h"
#include "model/error.h"

namespace ablate {
namespace {

using Json = nlohmann::json;

bool IsKept(const Record& record) {
  return IsFinal(record.status) && record.status != Status::kSkipped;
}

// The cells as the folder's suite.json has them; empty where it doesn't tell.
std::map<std::string, Cell> CellsOf(const std::filesystem::path& results) {
  std::map<std::string, Cell> cells;
  try {
    for (Cell& cell : MakePlan(LoadSuite(results / "suite.json")).cells) {
      const std::string name = cell.name;
      cells.emplace(name, std::move(cell));
    }
  } catch (const Error&) {
    // Written by another version, or edited: the mismatch is then told without values.
  }
  return cells;
}

// "/training/learning_rate" -> "training.learning_rate"
std::string Dotted(std::string pointer) {
  pointer.erase(0, 1);
  std::replace(pointer.begin(), pointer.end(), '/', '.');
  return pointer;
}

std::vector<std::string> Differences(const Settings& there, const Settings& here) {
  const Json old = ToJson(there).flatten();
  const Json now = ToJson(here).flatten();
  const auto value = [](const Json& flat, const std::string& key) {
    return flat.contains(key) ? flat[key].dump() : std::string("absent");
  };
  std::set<std::string> keys;
  for (const auto& [key, ignored] : old.items()) keys.insert(key);
  for (const auto& [key, ignored] : now.items()) keys.insert(key);
  std::vector<std::string> lines;
  for (const std::string& key : keys) {
    const std::string a = value(old, key);
    const std::string b = value(now, key);
    if (a != b) lines.push_back(Dotted(key) + ": " + a + " there, " + b + " here");
  }
  return lines;
}

}  // namespace

std::vector<std::string> SettingsMismatches(const Plan& plan, const ResultStore& store) {
  std::map<std::string, std::string> kept;  // cell name, cell_id
  for (const Record& record : store.records()) {
    if (IsKept(record)) kept[record.cell] = record.cell_id;
  }
  std::map<std::string, Cell> old_cells;
  std::map<std::string, int64_t> lines;  // in how many cells
  for (const Cell& cell : plan.cells) {
    const auto found = kept.find(cell.name);
    if (found == kept.end() || found->second == cell.cell_id) continue;
    if (lines.empty()) old_cells = CellsOf(store.folder());
    const auto old = old_cells.find(cell.name);
    const bool told = old != old_cells.end() && old->second.cell_id == found->second;
    const std::vector<std::string> differences =
        told ? Differences(old->second.settings(), cell.settings())
             : std::vector{"settings: cell_id " + found->second + " there, " + cell.cell_id +
                           " here, of " + cell.name};
    for (const std::string& line : differences) ++lines[line];
  }
  std::vector<std::string> mismatches;
  for (const auto& [line, count] : lines) {
    mismatches.push_back(count == 1 ? line : line + " (in " + std::to_string(count) + " cells)");
  }
  return mismatches;
}

void RefuseMismatches(const ResultStore& store, const std::vector<std::string>& mismatches) {
  const auto& records = store.records();
  if (mismatches.empty() || std::none_of(records.begin(), records.end(), IsKept)) return;
  std::string message = "'" + store.folder().string() +
                        "' holds runs that can't be compared with the ones asked for:";
  for (const std::string& mismatch : mismatches) message += "\n  " + mismatch;
  throw Error(
      message +
      "\nMove them aside with --fresh, or write elsewhere with --results or another suite name");
}

}  // namespace ablate

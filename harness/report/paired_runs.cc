#include "harness/report/paired_runs.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <unordered_map>

#include "harness/plan/nearest.h"
#include "model/error.h"

namespace ablate {
namespace {

constexpr std::array<std::string_view, 5> kHigherIsBetter = {
    "target_tokens_per_s", "padded_tokens_per_s", "padding_efficiency", "mfu", "bleu"};

// Cell and seed -> its record.
using RunsOfCell = std::map<uint64_t, const Record*>;

class Side {
 public:
  explicit Side(const std::vector<Record>& records) {
    for (const Record& record : records) {
      if (record.status == Status::kSkipped) continue;
      if (!cells_.contains(record.cell)) names_.push_back(record.cell);
      cells_[record.cell][record.seed] = &record;
      seeds_.insert(record.seed);
    }
  }

  const std::vector<std::string>& names() const { return names_; }
  const std::set<uint64_t>& seeds() const { return seeds_; }
  const RunsOfCell& Of(const std::string& cell) const {
    static const RunsOfCell none;
    const auto found = cells_.find(cell);
    return found == cells_.end() ? none : found->second;
  }
  // Null where the run is missing or says nothing.
  const Record* Find(const std::string& cell, uint64_t seed) const {
    const RunsOfCell& runs = Of(cell);
    const auto found = runs.find(seed);
    return found != runs.end() && IsEvidence(found->second->status) ? found->second : nullptr;
  }

 private:
  std::vector<std::string> names_;
  std::unordered_map<std::string, RunsOfCell> cells_;
  std::set<uint64_t> seeds_;
};

std::optional<double> Exactly(const Record& record, const Response& response) {
  const std::optional<Observation> observed = response.observe(record);
  if (!observed || observed->censored || !(observed->value > 0)) return std::nullopt;
  return observed->value;
}

bool IsZero(const Record& record, const Response& response) {
  const std::optional<Observation> observed = response.observe(record);
  return observed && !observed->censored && observed->value == 0;
}

std::string TargetOf(const Record& record) {
  return record.target_metric + " " + nlohmann::json(record.target_value).dump();
}

void AddPair(const Record& before, const Record* now, uint64_t seed, const Response& response,
             PairedCell& cell) {
  ++cell.before;
  cell.reached_before += before.status == Status::kReached;
  if (now == nullptr) return;
  ++cell.now;
  cell.reached_now += now->status == Status::kReached;
  if (TargetOf(before) != TargetOf(*now)) {
    cell.other_target = TargetOf(before) + " before, " + TargetOf(*now) + " now";
    if (DependsOnTarget(response)) return;
  }
  const std::optional<double> old_value = Exactly(before, response);
  const std::optional<double> new_value = Exactly(*now, response);
  if (old_value && !new_value) {
    ++cell.lost;
    cell.zeros += IsZero(*now, response);
  }
  if (!old_value || !new_value) return;
  const double logarithm = std::log(*new_value / *old_value);
  cell.contrasts.emplace_back(seed, HigherIsBetter(response) ? -logarithm : logarithm);
}

bool SettingsDiffer(const RunsOfCell& before, const RunsOfCell& now) {
  return !before.empty() && !now.empty() &&
         before.begin()->second->cell_id != now.begin()->second->cell_id;
}

}  // namespace

const Response& ResponseNamed(const std::string& name) {
  std::vector<std::string> names;
  for (const Response& response : AllResponses()) {
    if (response.name == name) return response;
    names.emplace_back(response.name);
  }
  throw Error("there is no metric " + Instead(name, names));
}

bool HigherIsBetter(const Response& response) {
  return std::ranges::find(kHigherIsBetter, response.name) != kHigherIsBetter.end();
}

bool DependsOnTarget(const Response& response) { return response.at_stop != AtStop::kRate; }

PairedRuns PairRuns(const std::vector<Record>& baseline, const std::vector<Record>& now,
                    const Response& response) {
  const Side before(baseline);
  const Side after(now);
  PairedRuns runs = {.metric = std::string(response.name),
                     .higher_is_better = HigherIsBetter(response),
                     .depends_on_target = DependsOnTarget(response)};
  std::ranges::set_intersection(before.seeds(), after.seeds(), std::back_inserter(runs.seeds));
  std::ranges::set_difference(before.seeds(), after.seeds(),
                              std::back_inserter(runs.missing_seeds));
  std::ranges::set_difference(after.seeds(), before.seeds(), std::back_inserter(runs.added_seeds));
  for (const std::string& name : before.names()) {
    PairedCell& cell = runs.cells.emplace_back(PairedCell{.name = name});
    for (const uint64_t seed : runs.seeds) {
      const Record* record = before.Find(name, seed);
      if (record != nullptr) AddPair(*record, after.Find(name, seed), seed, response, cell);
    }
    if (SettingsDiffer(before.Of(name), after.Of(name))) runs.other_settings.push_back(name);
  }
  for (const std::string& name : after.names())
    if (before.Of(name).empty()) runs.added.push_back(name);
  return runs;
}

}  // namespace ablate

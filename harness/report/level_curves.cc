#include "harness/report/level_curves.h"

#include <algorithm>
#include <map>
#include <set>

namespace ablate {
namespace {

// Cells by their level of one factor.
using CellsByLevel = std::map<size_t, std::set<size_t>>;

CellsByLevel ComparableCells(const CellGrid& grid, const Summary& summary, size_t factor) {
  std::map<std::vector<size_t>, std::map<size_t, size_t>> settings;  // of the other factors
  std::set<size_t> levels_seen;
  for (size_t cell = 0; cell < summary.cells.size(); ++cell) {
    const auto levels = grid.LevelsOf(cell);
    if (!levels) continue;
    std::vector<size_t> others = *levels;
    others[factor] = 0;
    settings[others][(*levels)[factor]] = cell;
    levels_seen.insert((*levels)[factor]);
  }
  CellsByLevel comparable;
  for (const auto& [others, by_level] : settings) {
    if (by_level.size() != levels_seen.size()) continue;
    for (const auto& [level, cell] : by_level) comparable[level].insert(cell);
  }
  return comparable;
}

std::vector<SurvivalTime> TimesOf(const Evidence& evidence, const std::set<size_t>& cells,
                                  const Response& response) {
  std::vector<SurvivalTime> times;
  for (const auto& [key, run] : evidence.runs) {
    if (!cells.contains(key.first)) continue;
    if (run->status == Status::kDiverged) times.push_back({kNever, true});
    const auto observation = response.observe(*run);
    if (observation) times.push_back({observation->value, observation->censored});
  }
  return times;
}

void AddFactor(const Factor& factor, const CellsByLevel& cells, const Evidence& evidence,
               const Response& response, std::vector<LevelCurve>& curves) {
  std::map<size_t, std::vector<SurvivalTime>> times;
  std::vector<SurvivalTime> all;
  for (const auto& [level, members] : cells) {
    times[level] = TimesOf(evidence, members, response);
    all.insert(all.end(), times[level].begin(), times[level].end());
  }
  const auto restriction = RestrictionTime(all);
  for (const auto& [level, runs] : times) {
    if (runs.empty()) continue;
    LevelCurve curve;
    curve.response = response.name;
    curve.factor = factor.name;
    curve.level = factor.levels[level].label;
    curve.runs = static_cast<int64_t>(runs.size());
    curve.reached = std::ranges::count(runs, false, &SurvivalTime::censored);
    curve.steps = KaplanMeier(runs);
    curve.restriction = restriction;
    if (restriction) curve.restricted_mean = RestrictedMean(runs, *restriction);
    curves.push_back(std::move(curve));
  }
}

}  // namespace

std::vector<LevelCurve> ComputeLevelCurves(const Suite& suite, const CellGrid& grid,
                                           const Evidence& evidence) {
  std::vector<LevelCurve> curves;
  for (const Response* response : {&TimeToTarget(), &ExamplesToTarget()}) {
    for (size_t f = 0; f < suite.factors.size(); ++f) {
      const CellsByLevel cells = ComparableCells(grid, evidence.summary, f);
      if (cells.size() < 2) continue;
      AddFactor(suite.factors[f], cells, evidence, *response, curves);
    }
  }
  return curves;
}

}  // namespace ablate

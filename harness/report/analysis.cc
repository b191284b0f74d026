#include "harness/report/analysis.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "harness/plan/cell_name.h"
#include "harness/report/cell_grid.h"
#include "harness/report/contrasts.h"
#include "harness/report/effects.h"
#include "harness/report/f_tests.h"
#include "harness/report/fastest.h"
#include "harness/report/fronts.h"
#include "harness/report/level_curves.h"
#include "harness/report/notes.h"
#include "harness/report/promises.h"
#include "harness/report/responses.h"
#include "harness/report/statistics.h"

namespace ablate {
namespace {

CellSummary MakeCell(const Suite& suite, const std::string& name, const FactorLabels& factors) {
  CellSummary cell;
  cell.name = name;
  cell.factors = factors;
  cell.short_name = ShortName(suite, factors);
  cell.baseline = IsBaseline(suite, factors);
  return cell;
}

void AddPlannedCells(const Suite& suite, const Plan& plan, Summary& summary) {
  std::vector<int64_t> runs(plan.cells.size(), 0);
  for (const PlannedRun& run : plan.runs) ++runs[run.cell];
  for (size_t i = 0; i < plan.cells.size(); ++i) {
    const Cell& cell = plan.cells[i];
    if (!cell.skip_reason.empty()) {
      summary.excluded.emplace_back(cell.name, cell.skip_reason);
      continue;
    }
    summary.cells.push_back(MakeCell(suite, cell.name, cell.factors));
    summary.cells.back().baseline |= cell.baseline;
    summary.cells.back().planned = runs[i];
  }
}

void AddRecordedCells(const Suite& suite, const std::vector<Record>& records, Summary& summary) {
  std::set<std::string> known;
  for (const CellSummary& cell : summary.cells) known.insert(cell.name);
  for (const auto& [cell, reason] : summary.excluded) known.insert(cell);
  for (const Record& record : records) {
    if (!known.insert(record.cell).second) continue;
    if (record.status == Status::kSkipped) {
      summary.excluded.emplace_back(record.cell, record.reason);
    } else {
      summary.cells.push_back(MakeCell(suite, record.cell, record.factors));
      summary.notes.push_back("Cell " + record.cell +
                              " has records but is not part of the suite as it is now.");
    }
  }
}

RunTable TabulateRuns(const std::vector<Record>& records, Summary& summary) {
  RunTable table;
  std::set<uint64_t> seeds;
  std::unordered_map<std::string_view, size_t> cells;
  for (size_t i = 0; i < summary.cells.size(); ++i) cells.emplace(summary.cells[i].name, i);
  for (const Record& record : records) {
    if (record.status == Status::kSkipped) continue;
    const auto cell = cells.find(record.cell);
    if (cell == cells.end()) continue;
    table[{cell->second, record.seed}] = &record;
    seeds.insert(record.seed);
  }
  summary.seeds.assign(seeds.begin(), seeds.end());
  return table;
}

Estimate MakeEstimate(const std::vector<const Record*>& runs, const Response& response) {
  std::vector<double> values;
  bool censored = false, undefined = false;
  for (const Record* run : runs) {
    if (const auto observation = response.observe(*run)) {
      values.push_back(observation->value);
      censored |= observation->censored;
    } else {
      undefined |= response.of_target() && IsEvidence(run->status);
    }
  }
  if (values.empty() || undefined) return {};
  const Interval interval =
      response.geometric ? GeometricMeanInterval(values) : MeanInterval(values);
  if (censored) return {{}, {}, {}, interval.mean};
  return {interval.mean, interval.low, interval.high, {}};
}

// The run whose curve stands for its cell: the median by time to target, unreached runs last.
std::string Representative(std::vector<const Record*> runs) {
  std::erase_if(runs, [](const Record* run) { return !TimeToTarget().observe(*run); });
  if (runs.empty()) return "";
  std::ranges::sort(runs, {}, [](const Record* run) {
    const Observation time = *TimeToTarget().observe(*run);
    return std::tuple(time.censored, time.value, run->run_id);
  });
  return runs[(runs.size() - 1) / 2]->run_id;
}

template <typename Test>
std::vector<uint64_t> Those(const std::vector<uint64_t>& seeds, Test test) {
  std::vector<uint64_t> those;
  std::ranges::copy_if(seeds, std::back_inserter(those), test);
  return those;
}

// See Summary::ranked_seeds.
std::vector<uint64_t> RankedSeeds(const Suite& suite, const Summary& summary,
                                  const RunTable& table) {
  std::set<size_t> begun;
  std::map<uint64_t, size_t> ended;  // cells by seed
  for (const auto& [key, run] : table) {
    if (summary.cells[key.first].planned == 0 || run->status == Status::kInterrupted) continue;
    begun.insert(key.first);
    ++ended[key.second];
  }
  const std::set<uint64_t> suite_seeds(suite.seeds.begin(), suite.seeds.end());
  const auto of_suite =
      Those(summary.seeds, [&](uint64_t seed) { return suite_seeds.contains(seed); });
  const auto finished = Those(of_suite, [&](uint64_t seed) { return ended[seed] == begun.size(); });
  if (!finished.empty()) return finished;
  return of_suite.empty() ? summary.seeds : of_suite;
}

RunTable RunsOfRankedSeeds(const Summary& summary, const RunTable& table) {
  RunTable ranked;
  for (const auto& run : table) {
    if (std::ranges::binary_search(summary.ranked_seeds, run.first.second))
      ranked.insert(ranked.end(), run);
  }
  return ranked;
}

std::vector<const Record*> RunsOf(const RunTable& table, size_t cell) {
  std::vector<const Record*> runs;
  auto run = table.lower_bound({cell, 0});
  for (; run != table.end() && run->first.first == cell; ++run) runs.push_back(run->second);
  return runs;
}

void CountRuns(const RunTable& table, size_t index, Summary& summary) {
  CellSummary& cell = summary.cells[index];
  for (const Record* run : RunsOf(table, index)) {
    cell.run_ids.push_back(run->run_id);
    ++cell.runs;
    cell.reached += run->status == Status::kReached;
  }
  for (const uint64_t seed : summary.ranked_seeds) {
    const auto run = table.find({index, seed});
    if (run != table.end() && IsEvidence(run->second->status)) continue;
    const std::string_view what = run == table.end() ? "missing" : Name(run->second->status);
    cell.lacking.push_back("seed " + std::to_string(seed) + " " + std::string(what));
  }
  summary.recorded_runs += cell.runs;
  summary.reached_runs += cell.reached;
}

void EstimateCell(const RunTable& all, const RunTable& ranked, size_t index, Summary& summary) {
  CellSummary& cell = summary.cells[index];
  std::vector<const Record*> runs = RunsOf(ranked, index);
  const RunTable& table = runs.empty() ? all : ranked;
  if (runs.empty()) runs = RunsOf(all, index);
  cell.representative = Representative(runs);
  for (const Response& response : AllResponses()) {
    cell.*response.estimate = MakeEstimate(runs, response);
  }
  if (!summary.baseline || index == *summary.baseline) return;
  const Contexts pair = {{{{index}, {*summary.baseline}}}, {}, 1};
  cell.against_baseline = MeanRatio({summary, table}, pair, TimeToTarget());
}

}  // namespace

Summary Analyse(const Results& results) {
  const Suite& suite = results.suite;
  Summary summary;
  summary.suite = suite.name;
  summary.description = suite.description;
  summary.target_metric = suite.base.target.metric;
  summary.target_value = suite.base.target.value;
  summary.planned_runs = static_cast<int64_t>(results.plan.runs.size());
  for (const Factor& factor : suite.factors) summary.factors.push_back(factor.name);
  AddPlannedCells(suite, results.plan, summary);
  AddRecordedCells(suite, results.records, summary);
  const auto baseline = std::ranges::find(summary.cells, true, &CellSummary::baseline);
  if (baseline != summary.cells.end()) {
    summary.baseline = static_cast<size_t>(baseline - summary.cells.begin());
  }
  const RunTable table = TabulateRuns(results.records, summary);
  summary.ranked_seeds = RankedSeeds(suite, summary, table);
  const RunTable ranked_table = RunsOfRankedSeeds(summary, table);
  for (size_t i = 0; i < summary.cells.size(); ++i) {
    CountRuns(table, i, summary);
    EstimateCell(table, ranked_table, i, summary);
  }
  const Evidence evidence{summary, table}, ranked{summary, ranked_table};
  const CellGrid grid(suite, results.plan, summary);
  summary.fastest = FindFastest(ranked);
  summary.effects = ComputeEffects(suite, grid, evidence);
  summary.interactions = ComputeInteractions(suite, grid, evidence);
  summary.f_tests = ComputeFTests(suite, grid, evidence);
  summary.shares = ComputeShares(suite, grid, ranked);
  summary.equivalence = CheckPromises(results, grid, evidence);
  summary.level_curves = ComputeLevelCurves(suite, grid, evidence);
  MarkFront(summary);
  AddNotes(results, summary);
  summary.notes.insert(summary.notes.end(), results.notes.begin(), results.notes.end());
  return summary;
}

bool ReachedInEverySeed(const Summary& summary, size_t index) {
  const CellSummary& cell = summary.cells[index];
  return cell.runs > 0 && cell.lacking.empty() && cell.time_to_target_s.mean;
}

std::vector<size_t> Ranking(const Summary& summary) {
  std::vector<size_t> ranking(summary.cells.size());
  for (size_t i = 0; i < ranking.size(); ++i) ranking[i] = i;
  std::ranges::stable_sort(ranking, {}, [&](size_t i) {
    const CellSummary& cell = summary.cells[i];
    const Estimate& time = cell.time_to_target_s;
    if (time.mean) return std::tuple(ReachedInEverySeed(summary, i) ? 0 : 1, *time.mean);
    if (time.at_least) return std::tuple(2, *time.at_least);
    return std::tuple(cell.runs > 0 ? 3 : 4, 0.0);
  });
  return ranking;
}

}  // namespace ablate

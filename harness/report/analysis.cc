#include "harness/report/analysis.h"

#include <algorithm>
#include <iterator>
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

// Seeds in which every cell should have a run: of the suite as it is now, unless no record is.
std::vector<uint64_t> ExpectedSeeds(const Suite& suite, const std::vector<uint64_t>& recorded) {
  std::vector<uint64_t> expected;
  std::ranges::copy_if(recorded, std::back_inserter(expected), [&](uint64_t seed) {
    return std::ranges::find(suite.seeds, seed) != suite.seeds.end();
  });
  return expected.empty() ? recorded : expected;
}

void SummariseCell(const RunTable& table, const std::vector<uint64_t>& expected, size_t index,
                   Summary& summary) {
  CellSummary& cell = summary.cells[index];
  std::vector<const Record*> runs;
  for (const uint64_t seed : summary.seeds) {
    const auto found = table.find({index, seed});
    if (found != table.end()) runs.push_back(found->second);
    const bool has_evidence = found != table.end() && IsEvidence(found->second->status);
    if (has_evidence || std::ranges::find(expected, seed) == expected.end()) continue;
    const std::string_view what = found == table.end() ? "missing" : Name(found->second->status);
    cell.lacking.push_back("seed " + std::to_string(seed) + " " + std::string(what));
  }
  cell.runs = static_cast<int64_t>(runs.size());
  for (const Record* run : runs) {
    cell.run_ids.push_back(run->run_id);
    cell.reached += run->status == Status::kReached;
  }
  cell.representative = Representative(runs);
  for (const Response& response : AllResponses()) {
    cell.*response.estimate = MakeEstimate(runs, response);
  }
  if (summary.baseline && index != *summary.baseline) {
    const Contexts pair = {{{{index}, {*summary.baseline}}}, {}, 1};
    cell.against_baseline = MeanRatio({summary, table}, pair, TimeToTarget());
  }
  summary.recorded_runs += cell.runs;
  summary.reached_runs += cell.reached;
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
  const std::vector<uint64_t> expected = ExpectedSeeds(suite, summary.seeds);
  for (size_t i = 0; i < summary.cells.size(); ++i) SummariseCell(table, expected, i, summary);
  const Evidence evidence{summary, table};
  const CellGrid grid(suite, results.plan, summary);
  summary.fastest = FindFastest(evidence);
  summary.effects = ComputeEffects(suite, grid, evidence);
  summary.interactions = ComputeInteractions(suite, grid, evidence);
  summary.f_tests = ComputeFTests(suite, grid, evidence);
  summary.shares = ComputeShares(suite, grid, evidence);
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

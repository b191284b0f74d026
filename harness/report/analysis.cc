#include "harness/report/analysis.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "harness/plan/cell_name.h"
#include "harness/report/contrasts.h"
#include "harness/report/effects.h"
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
  for (const Record& record : records) {
    if (record.status == Status::kSkipped) continue;
    const auto cell = std::ranges::find(summary.cells, record.cell, &CellSummary::name);
    if (cell == summary.cells.end()) continue;
    table[{static_cast<size_t>(cell - summary.cells.begin()), record.seed}] = &record;
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
      undefined |= response.of_target && IsEvidence(run->status);
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

void SummariseCell(const RunTable& table, size_t index, Summary& summary) {
  CellSummary& cell = summary.cells[index];
  std::vector<const Record*> runs;
  for (const uint64_t seed : summary.seeds) {
    const auto found = table.find({index, seed});
    if (found != table.end()) runs.push_back(found->second);
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
    const Selection selection =
        SelectComplete(table, {{index, *summary.baseline}}, summary.seeds, TimeToTarget());
    cell.against_baseline = MeanRatio(table, selection, TimeToTarget());
  }
  summary.recorded_runs += cell.runs;
  summary.reached_runs += cell.reached;
}

// Told apart: the interval of the paired ratio lies above 1; where something is censored, each
// seed's ratio is at least something above 1. Never with a single seed.
bool Separable(const RunTable& table, const Summary& summary, size_t cell, size_t fastest) {
  const Selection selection =
      SelectComplete(table, {{cell, fastest}}, summary.seeds, TimeToTarget());
  if (selection.seeds.size() < 2) return false;
  const Ratio ratio = MeanRatio(table, selection, TimeToTarget());
  if (ratio.bound == Bound::kNone) return ratio.low && *ratio.low > 1;
  return ratio.bound == Bound::kAtLeast && std::ranges::all_of(selection.seeds, [&](uint64_t seed) {
           return PairedContrast(table, {cell, fastest}, seed, TimeToTarget())->logarithm > 0;
         });
}

std::optional<Fastest> FindFastest(const RunTable& table, const Summary& summary) {
  const std::vector<size_t> ranking = Ranking(summary);
  if (ranking.empty() || !summary.cells[ranking[0]].time_to_target_s.mean) return std::nullopt;
  Fastest fastest;
  fastest.cell = ranking[0];
  const Ratio speedup = Inverse(summary.cells[fastest.cell].against_baseline);
  fastest.speedup = speedup.value;
  fastest.low = speedup.low;
  fastest.high = speedup.high;
  fastest.bound = speedup.bound;
  if (summary.baseline == fastest.cell) fastest.speedup = 1;
  for (const size_t cell : ranking) {
    const Estimate& time = summary.cells[cell].time_to_target_s;
    const bool has_time = time.mean || time.at_least;
    if (cell == fastest.cell || !has_time) continue;
    if (!Separable(table, summary, cell, fastest.cell)) fastest.not_separable.push_back(cell);
  }
  return fastest;
}

void NoteEnvironments(const std::vector<Record>& records, Summary& summary) {
  std::set<std::string> environments;
  for (const Record& record : records) {
    if (!record.environment.empty()) environments.insert(record.environment);
  }
  if (environments.size() < 2) return;
  summary.notes.push_back("The runs were measured in " + std::to_string(environments.size()) +
                          " environments that differ; times may not be comparable.");
}

void AddNotes(Summary& summary) {
  if (summary.seeds.size() == 1) {
    summary.notes.push_back(
        "One seed: there is no measure of how much a repetition would differ, so no interval is "
        "given and nothing can be told apart with confidence.");
  }
  if (summary.recorded_runs < summary.planned_runs) {
    summary.notes.push_back(std::to_string(summary.planned_runs - summary.recorded_runs) + " of " +
                            std::to_string(summary.planned_runs) +
                            " planned runs have no record yet.");
  }
  const bool no_baseline =
      !summary.baseline || !(summary.cells[*summary.baseline].time_to_target_s.mean ||
                             summary.cells[*summary.baseline].time_to_target_s.at_least);
  if (summary.recorded_runs > 0 && no_baseline) {
    summary.notes.push_back(
        "The baseline has no time to target, so no cell's speed-up over it is known.");
  }
}

}  // namespace

Summary Analyse(const Suite& suite, const Plan& plan, const std::vector<Record>& records) {
  Summary summary;
  summary.suite = suite.name;
  summary.description = suite.description;
  summary.target_metric = suite.base.target.metric;
  summary.target_value = suite.base.target.value;
  summary.planned_runs = static_cast<int64_t>(plan.runs.size());
  for (const Factor& factor : suite.factors) summary.factors.push_back(factor.name);
  AddPlannedCells(suite, plan, summary);
  AddRecordedCells(suite, records, summary);
  const auto baseline = std::ranges::find(summary.cells, true, &CellSummary::baseline);
  if (baseline != summary.cells.end()) {
    summary.baseline = static_cast<size_t>(baseline - summary.cells.begin());
  }
  const RunTable table = TabulateRuns(records, summary);
  for (size_t i = 0; i < summary.cells.size(); ++i) SummariseCell(table, i, summary);
  summary.fastest = FindFastest(table, summary);
  summary.effects = ComputeEffects(suite, summary, table);
  AddNotes(summary);
  NoteEnvironments(records, summary);
  return summary;
}

std::vector<size_t> Ranking(const Summary& summary) {
  std::vector<size_t> ranking(summary.cells.size());
  for (size_t i = 0; i < ranking.size(); ++i) ranking[i] = i;
  std::ranges::stable_sort(ranking, {}, [&](size_t i) {
    const CellSummary& cell = summary.cells[i];
    const Estimate& time = cell.time_to_target_s;
    if (time.mean) return std::tuple(0, *time.mean);
    if (time.at_least) return std::tuple(1, *time.at_least);
    return std::tuple(cell.runs > 0 ? 2 : 3, 0.0);
  });
  return ranking;
}

}  // namespace ablate

#include "harness/report/forecast.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "harness/report/format.h"
#include "harness/report/multiplicity.h"
#include "harness/report/power.h"
#include "harness/report/responses.h"
#include "harness/report/statistics.h"

namespace ablate {
namespace {

struct Times {
  double sum = 0;
  int64_t count = 0;
  double Mean() const { return sum / static_cast<double>(count); }
};

// By cell_id.
std::unordered_map<std::string, Times> WallTimes(const std::vector<Record>& records) {
  std::unordered_map<std::string, Times> times;
  for (const Record& record : records) {
    if (!IsEvidence(record.status) || !record.time.wall_s) continue;
    Times& cell = times[record.cell_id];
    cell.sum += *record.time.wall_s;
    ++cell.count;
  }
  return times;
}

std::unordered_set<std::string> FinishedRuns(const std::vector<Record>& records) {
  std::unordered_set<std::string> finished;
  for (const Record& record : records)
    if (IsFinal(record.status) && record.status != Status::kSkipped) finished.insert(record.run_id);
  return finished;
}

using LogTimes = std::map<uint64_t, double>;  // by seed

// The logarithms of the times to the target, by cell.
std::vector<LogTimes> LogTimesOf(const Plan& plan, const std::vector<Record>& records) {
  std::unordered_map<std::string, size_t> cells;
  for (size_t i = 0; i < plan.cells.size(); ++i) cells[plan.cells[i].cell_id] = i;
  std::vector<LogTimes> times(plan.cells.size());
  for (const Record& record : records) {
    const auto cell = cells.find(record.cell_id);
    if (cell == cells.end() || record.status != Status::kReached) continue;
    if (record.time_to_target_s.value_or(0) > 0)
      times[cell->second][record.seed] = std::log(*record.time_to_target_s);
  }
  return times;
}

LogTimes Difference(const LogTimes& over, const LogTimes& under) {
  LogTimes difference;
  for (const auto& [seed, value] : over) {
    const auto other = under.find(seed);
    if (other != under.end()) difference[seed] = value - other->second;
  }
  return difference;
}

std::vector<double> Values(const LogTimes& times) {
  std::vector<double> values;
  for (const auto& [seed, value] : times) values.push_back(value);
  return values;
}

using Groups = std::vector<std::vector<double>>;  // a contrast, a value a seed

Groups CellContrasts(const Plan& plan, const std::vector<LogTimes>& times) {
  const auto baseline = std::ranges::find(plan.cells, true, &Cell::baseline) - plan.cells.begin();
  Groups groups;
  for (size_t i = 0; i < times.size(); ++i) {
    if (plan.cells[i].baseline) continue;
    groups.push_back(Values(Difference(times[i], times[static_cast<size_t>(baseline)])));
  }
  return groups;
}

// The mean of contrasts in those seeds that all of them have.
std::vector<double> MeanBySeed(const std::vector<LogTimes>& contrasts) {
  std::map<uint64_t, Times> sums;
  for (const LogTimes& contrast : contrasts) {
    for (const auto& [seed, value] : contrast) {
      sums[seed].sum += value;
      ++sums[seed].count;
    }
  }
  std::vector<double> means;
  for (const auto& [seed, sum] : sums)
    if (sum.count == static_cast<int64_t>(contrasts.size())) means.push_back(sum.Mean());
  return means;
}

Groups MarginalContrasts(const Suite& suite, const Plan& plan, const std::vector<LogTimes>& times) {
  std::map<Combination, size_t> places;
  for (size_t i = 0; i < plan.cells.size(); ++i)
    if (!times[i].empty()) places[plan.cells[i].levels] = i;
  std::map<std::pair<size_t, size_t>, std::vector<LogTimes>> contexts;  // by factor and level
  for (const auto& [levels, cell] : places) {
    for (size_t factor = 0; factor < levels.size(); ++factor) {
      Combination other = levels;
      other[factor] = suite.factors[factor].baseline;
      const auto against = places.find(other);
      if (levels[factor] == other[factor] || against == places.end()) continue;
      contexts[{factor, levels[factor]}].push_back(Difference(times[cell], times[against->second]));
    }
  }
  Groups groups;
  for (const auto& [level, contrasts] : contexts) groups.push_back(MeanBySeed(contrasts));
  return groups;
}

// Averages are over at least so many settings of the other factors.
int64_t LeastContexts(const Suite& suite, const Plan& plan) {
  size_t most_levels = 1;
  for (const Factor& factor : suite.factors)
    most_levels = std::max(most_levels, factor.levels.size());
  return static_cast<int64_t>(plan.cells.size() / most_levels);
}

// How many comparisons a family has: the levels beside the baselines.
int64_t Comparisons(const Suite& suite) {
  size_t count = 0;
  for (const Factor& factor : suite.factors) count += factor.levels.size() - 1;
  return static_cast<int64_t>(count);
}

std::string Least(double deviation, int64_t seeds, int64_t comparisons = 1) {
  const double alpha = 1 - BonferroniConfidence(comparisons);
  const std::optional<double> ratio = MinimumDetectableRatio(deviation, seeds, 0.8, alpha);
  return ratio ? "from " + Fixed(*ratio, 2) + "x, or " + Fixed(1 / *ratio, 2) + "x" : kAbsent;
}

}  // namespace

std::optional<TimeForecast> ForecastTime(const Plan& plan, const std::vector<Record>& records) {
  const std::unordered_map<std::string, Times> times = WallTimes(records);
  const std::unordered_set<std::string> finished = FinishedRuns(records);
  TimeForecast forecast;
  Times means;
  for (const Cell& cell : plan.cells) {
    const auto found = times.find(cell.cell_id);
    forecast.guessed += found == times.end() && cell.skip_reason.empty();
    if (found == times.end()) continue;
    forecast.records += found->second.count;
    means.sum += found->second.Mean();
    ++means.count;
  }
  if (means.count == 0) return std::nullopt;
  for (const PlannedRun& run : plan.runs) {
    const auto found = times.find(plan.cells[run.cell].cell_id);
    const double seconds = found == times.end() ? means.Mean() : found->second.Mean();
    forecast.all_seconds += seconds;
    if (finished.contains(run.run_id)) continue;
    forecast.seconds += seconds;
    ++forecast.runs_left;
  }
  return forecast;
}

std::optional<double> LongestRun(const Settings& settings, const Record& record,
                                 int64_t epoch_examples) {
  const double train_s = record.time.train_s.value_or(0);
  const auto examples = static_cast<double>(record.examples.value_or(0));
  if (!(train_s > 0) || !(examples > 0)) return std::nullopt;
  const TargetSettings& target = settings.target;
  const auto epoch = static_cast<double>(epoch_examples);
  const double longest =
      std::min(target.max_seconds, target.max_epochs * epoch * train_s / examples);
  const double every = target.evaluate_every_examples > 0
                           ? static_cast<double>(target.evaluate_every_examples)
                           : epoch;
  const double evaluate_s = record.time.evaluate_s.value_or(0);
  const double each_s = evaluate_s / (std::floor(examples / every) + 1);
  const double evaluations = std::floor(longest / train_s * examples / every) + 1;
  const double rest = record.time.wall_s.value_or(0) - train_s - evaluate_s;
  return std::max(rest, 0.0) + longest + evaluations * each_s;
}

ContrastSpread SpreadOfContrasts(const Suite& suite, const Plan& plan,
                                 const std::vector<Record>& records) {
  ContrastSpread spread = {.cell = kAssumedSpread * std::sqrt(2)};
  if (suite.design == Design::kFactorial) spread.contexts = LeastContexts(suite, plan);
  const bool averages = spread.contexts > 1;
  if (averages) spread.marginal = spread.cell / std::sqrt(static_cast<double>(spread.contexts));
  if (records.empty()) return spread;
  const std::vector<LogTimes> times = LogTimesOf(plan, records);
  const std::optional<Spread> cell = PooledSpread(CellContrasts(plan, times));
  if (!cell) return spread;
  spread.measured = true;
  spread.cell = cell->deviation;
  const std::optional<Spread> marginal = PooledSpread(MarginalContrasts(suite, plan, times));
  if (averages) spread.marginal = marginal ? marginal->deviation : spread.cell;
  return spread;
}

std::string DescribePower(const Suite& suite, const ContrastSpread& spread) {
  const auto seeds = static_cast<int64_t>(suite.seeds.size());
  if (seeds < 2) return "";
  std::string text = "least effects that it finds, with 80% power at a level of 5%\n";
  text += "  a cell against the baseline: " + Least(spread.cell, seeds) + "\n";
  const double effect = spread.marginal.value_or(spread.cell);
  if (spread.marginal) {
    text += "  a level, averaged over " + Plural(spread.contexts, "setting") +
            " of the others: " + Least(effect, seeds) + "\n";
  }
  const int64_t comparisons = Comparisons(suite);
  if (comparisons > 1) {
    text += "  the clearest of " + std::to_string(comparisons) +
            " levels (Holm): " + Least(effect, seeds, comparisons) + "\n";
  }
  return text + (spread.measured
                     ? "  by the spread between seeds of earlier records\n"
                     : "  assuming that times of a cell's runs spread by " +
                           Fixed(100 * kAssumedSpread, 0) + "%; no earlier records tell\n");
}

std::string DescribeTime(const TimeForecast& forecast) {
  std::string text = "time\n  about " + Duration(forecast.all_seconds) + " in all, " +
                     Duration(forecast.seconds) + " for the " + Plural(forecast.runs_left, "run") +
                     " left, by " + Plural(forecast.records, "earlier record");
  if (forecast.guessed > 0)
    text += "; " + Plural(forecast.guessed, "cell") + " without one at the mean of the others";
  return text + "\n";
}

}  // namespace ablate

#include "harness/report/fastest.h"

#include <algorithm>
#include <cmath>

#include "harness/plan/nearest.h"
#include "harness/report/analysis.h"
#include "harness/report/multiplicity.h"
#include "harness/report/shapley.h"

namespace ablate {
namespace {

Contexts Pair(size_t cell, size_t against) { return {{{{cell}, {against}}}, {}, 1}; }

bool HasTime(const CellSummary& cell) {
  return cell.time_to_target_s.mean || cell.time_to_target_s.at_least;
}

double ConfidenceOf(int64_t comparisons) {
  return SidakConfidence(std::max<int64_t>(comparisons, 1));
}

// Never with a single seed.
bool Separable(const Evidence& evidence, size_t cell, const Fastest& fastest) {
  const Contexts pair = Pair(cell, fastest.cell);
  const SeedContrasts contrasts = ContrastsBySeed(evidence, pair, TimeToTarget());
  if (contrasts.seeds.size() < 2 || contrasts.bound == Bound::kAtMost) return false;
  const auto low = MeanInterval(contrasts.logarithms, ConfidenceOf(fastest.comparisons)).low;
  return low && *low > 0;
}

}  // namespace

std::optional<Fastest> FindFastest(const Evidence& evidence) {
  const Summary& summary = evidence.summary;
  const std::vector<size_t> ranking = Ranking(summary);
  if (ranking.empty() || !ReachedInEverySeed(summary, ranking[0])) return std::nullopt;
  Fastest fastest;
  fastest.cell = ranking[0];
  fastest.comparisons = std::ranges::count_if(summary.cells, &HasTime) - 1;
  if (summary.baseline == fastest.cell) {
    fastest.speedup = 1;
  } else if (summary.baseline) {
    const Ratio speedup = Inverse(MeanRatio(evidence, Pair(fastest.cell, *summary.baseline),
                                            TimeToTarget(), ConfidenceOf(fastest.comparisons)));
    fastest.speedup = speedup.value;
    fastest.low = speedup.low;
    fastest.high = speedup.high;
    fastest.bound = speedup.bound;
  }
  for (const size_t cell : ranking) {
    if (cell == fastest.cell || !HasTime(summary.cells[cell])) continue;
    if (!Separable(evidence, cell, fastest)) fastest.not_separable.push_back(cell);
  }
  return fastest;
}

namespace {

// The factors in which the fastest cell differs from the baseline, and the cells between the two.
struct Path {
  std::vector<size_t> factors;
  std::vector<std::optional<size_t>> cells;  // by subset of the factors that are changed
};

Path FindPath(const CellGrid& grid, const std::vector<size_t>& from,
              const std::vector<size_t>& to) {
  Path path;
  for (size_t f = 0; f < from.size(); ++f) {
    if (from[f] != to[f]) path.factors.push_back(f);
  }
  if (path.factors.size() > kMaxShapleyFactors) return path;
  for (uint32_t subset = 0; subset < (1u << path.factors.size()); ++subset) {
    std::vector<size_t> levels = from;
    for (size_t i = 0; i < path.factors.size(); ++i) {
      if ((subset >> i & 1u) != 0) levels[path.factors[i]] = to[path.factors[i]];
    }
    path.cells.push_back(grid.CellAt(levels));
  }
  return path;
}

bool HasTimeInEverySeed(const Evidence& evidence, size_t cell) {
  return std::ranges::all_of(evidence.summary.ranked_seeds, [&](uint64_t seed) {
    const auto run = evidence.runs.find({cell, seed});
    const auto time =
        run == evidence.runs.end() ? std::nullopt : TimeToTarget().observe(*run->second);
    return time && !time->censored;
  });
}

std::string WhyNoShares(const Evidence& evidence, const Path& path) {
  if (path.factors.size() > kMaxShapleyFactors) return "too many factors differ";
  const auto is_cell = [](const auto& cell) { return cell.has_value(); };
  if (!std::ranges::all_of(path.cells, is_cell)) {
    return "not every combination of the fastest cell's levels with the baseline's is a cell of "
           "this design";
  }
  std::vector<std::string> unreached;
  for (const auto& cell : path.cells) {
    if (!HasTimeInEverySeed(evidence, *cell)) {
      unreached.push_back(evidence.summary.cells[*cell].short_name);
    }
  }
  return unreached.empty() ? "" : "not reached in every seed: " + Join(unreached);
}

std::vector<double> SharesOfSeed(const Evidence& evidence, const Path& path, uint64_t seed) {
  const auto log_time = [&](uint32_t subset) {
    return std::log(TimeToTarget().observe(*evidence.runs.at({*path.cells[subset], seed}))->value);
  };
  const double baseline = log_time(0);
  return *ShapleyValues(path.factors.size(), [&](uint32_t subset) {
    return std::optional(baseline - log_time(subset));
  });
}

}  // namespace

Shares ComputeShares(const Suite& suite, const CellGrid& grid, const Evidence& evidence) {
  const Summary& summary = evidence.summary;
  if (!summary.fastest || !summary.baseline) return {{}, "no speed-up over the baseline is known"};
  if (summary.fastest->cell == *summary.baseline)
    return {{}, "no cell is faster than the baseline"};
  const auto from = grid.LevelsOf(*summary.baseline), to = grid.LevelsOf(summary.fastest->cell);
  if (!from || !to) return {{}, "the fastest cell is not part of the suite as it is now"};
  const Path path = FindPath(grid, *from, *to);
  Shares shares{{}, WhyNoShares(evidence, path)};
  if (!shares.unknown.empty()) return shares;
  std::vector<std::vector<double>> by_factor(path.factors.size());
  for (const uint64_t seed : summary.ranked_seeds) {
    const std::vector<double> values = SharesOfSeed(evidence, path, seed);
    for (size_t i = 0; i < values.size(); ++i) by_factor[i].push_back(values[i]);
  }
  const double total = std::log(*summary.fastest->speedup);
  for (size_t i = 0; i < path.factors.size(); ++i) {
    const Interval interval = MeanInterval(by_factor[i]);
    shares.factors.push_back({suite.factors[path.factors[i]].name, interval.mean, interval.low,
                              interval.high,
                              total > 0 ? std::optional(interval.mean / total) : std::nullopt});
  }
  return shares;
}

}  // namespace ablate

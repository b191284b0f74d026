#include "harness/report/contrasts.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <iterator>
#include <numeric>
#include <optional>
#include <span>
#include <utility>

#include "harness/plan/nearest.h"
#include "harness/report/bootstrap.h"
#include "harness/report/power.h"

namespace ablate {
namespace {

using Cells = std::vector<size_t>;  // ascending, each once

Cells CellsOf(const Contexts& contexts, std::initializer_list<Cells CellContrast::*> sides) {
  Cells cells;
  for (const CellContrast& contrast : contexts.contrasts) {
    for (const auto side : sides)
      cells.insert(cells.end(), (contrast.*side).begin(), (contrast.*side).end());
  }
  std::ranges::sort(cells);
  cells.erase(std::unique(cells.begin(), cells.end()), cells.end());
  return cells;
}

Cells AllCells(const Contexts& contexts) {
  return CellsOf(contexts, {&CellContrast::over, &CellContrast::under});
}

// What the runs of some cells say of a response, by cell and place of the seed: looked up once, for
// a contrast asks for each several times.
class Observations {
 public:
  Observations(const Evidence& evidence, Cells cells, const Response& response)
      : seeds_(evidence.summary.seeds),
        cells_(std::move(cells)),
        values_(cells_.size() * seeds_.size()),
        diverged_(cells_.size()) {
    for (size_t row = 0; row < cells_.size(); ++row) {
      auto run = evidence.runs.lower_bound({cells_[row], 0});
      for (; run != evidence.runs.end() && run->first.first == cells_[row]; ++run) {
        const auto seed = std::ranges::lower_bound(seeds_, run->first.second) - seeds_.begin();
        values_[row * seeds_.size() + static_cast<size_t>(seed)] = response.observe(*run->second);
        diverged_[row] = diverged_[row] || run->second->status == Status::kDiverged;
      }
    }
  }

  const Cells& cells() const { return cells_; }
  bool AnyCensored() const {
    return std::ranges::any_of(values_, [](const auto& value) { return value && value->censored; });
  }
  bool Diverged(size_t cell) const { return diverged_[RowOf(cell)]; }
  std::span<const std::optional<Observation>> Of(size_t cell) const {
    return std::span(values_).subspan(RowOf(cell) * seeds_.size(), seeds_.size());
  }
  const std::optional<Observation>& At(size_t cell, size_t seed) const { return Of(cell)[seed]; }

 private:
  size_t RowOf(size_t cell) const {
    return static_cast<size_t>(std::ranges::lower_bound(cells_, cell) - cells_.begin());
  }

  const std::vector<uint64_t>& seeds_;  // ascending
  Cells cells_;
  std::vector<std::optional<Observation>> values_;
  std::vector<bool> diverged_;
};

// Short names of the cells for which `test` holds, as words; empty where it holds for none.
template <typename Test>
std::string Named(const Evidence& evidence, const std::vector<size_t>& cells, Test test) {
  std::vector<std::string> names;
  for (const size_t cell : cells) {
    if (test(cell)) names.push_back(evidence.summary.cells[cell].short_name);
  }
  return Join(names);
}

bool HasValue(const std::optional<Observation>& observation) { return observation.has_value(); }

bool HasNoLogarithm(const std::optional<Observation>& observation) {
  return observation && !(observation->value > 0);
}

// Why the contrast can't be made, whatever the seeds that are used; empty where it can.
std::string MissingCells(const Evidence& evidence, const Contexts& contexts,
                         const Observations& observations, bool of_target) {
  if (!contexts.excluded.empty()) return "excluded: " + Join(contexts.excluded);
  const std::string diverged = Named(evidence, observations.cells(), [&](size_t cell) {
    return of_target && observations.Diverged(cell);
  });
  if (!diverged.empty()) return "diverged: " + diverged;
  const std::string empty = Named(evidence, observations.cells(), [&](size_t cell) {
    return std::ranges::none_of(observations.Of(cell), HasValue);
  });
  if (!empty.empty()) return "no value: " + empty;
  const std::string zero = Named(evidence, observations.cells(), [&](size_t cell) {
    return std::ranges::any_of(observations.Of(cell), HasNoLogarithm);
  });
  return zero.empty() ? "" : "zero, so no ratio: " + zero;
}

// Places in Summary::seeds.
std::vector<size_t> AllSeeds(const Evidence& evidence) {
  std::vector<size_t> seeds(evidence.summary.seeds.size());
  std::iota(seeds.begin(), seeds.end(), size_t{0});
  return seeds;
}

// Those in which every cell has a value.
std::vector<size_t> CompleteSeeds(const Evidence& evidence, const Observations& observations) {
  std::vector<size_t> complete;
  for (size_t seed = 0; seed < evidence.summary.seeds.size(); ++seed) {
    const bool all = std::ranges::all_of(
        observations.cells(), [&](size_t cell) { return observations.At(cell, seed).has_value(); });
    if (all) complete.push_back(seed);
  }
  return complete;
}

// The cells of a side with a censored run in one of these seeds.
std::vector<size_t> Censored(const Observations& observations, const Cells& cells,
                             const std::vector<size_t>& seeds) {
  std::vector<size_t> censored;
  std::ranges::copy_if(cells, std::back_inserter(censored), [&](size_t cell) {
    return std::ranges::any_of(seeds, [&](size_t seed) {
      const auto& observation = observations.At(cell, seed);
      return observation && observation->censored;
    });
  });
  return censored;
}

// Sets on which side the truth lies, or why the censored runs leave nothing to say.
void JudgeCensoring(const Evidence& evidence, const Contexts& contexts,
                    const Observations& observations, const std::vector<size_t>& used,
                    SeedContrasts& result) {
  if (!observations.AnyCensored()) return;
  const Cells over = CellsOf(contexts, {&CellContrast::over});
  const Cells under = CellsOf(contexts, {&CellContrast::under});
  const auto all = AllSeeds(evidence);
  const auto slow_over = Censored(observations, over, all);
  const auto slow_under = Censored(observations, under, all);
  if (slow_over.empty() && slow_under.empty()) return;
  if (!slow_over.empty() && !slow_under.empty()) {
    result.unknown = "runs on both sides stopped before the target";
    return;
  }
  const bool is_over = !slow_over.empty();
  if (Censored(observations, is_over ? over : under, used).empty()) {
    const auto& cells = is_over ? slow_over : slow_under;
    result.unknown =
        "stopped before the target in a seed in which a cell to compare with has no "
        "value: " +
        Named(evidence, cells, [](size_t) { return true; });
    return;
  }
  result.bound = is_over ? Bound::kAtLeast : Bound::kAtMost;
}

// One a seed: the means of the contrasts' logarithms.
std::vector<double> LogRatios(const Observations& observations, const Contexts& contexts,
                              const std::vector<size_t>& seeds) {
  std::vector<double> sums(seeds.size(), 0);
  const auto add = [&](const Cells& cells, double sign) {
    for (const size_t cell : cells) {
      const auto values = observations.Of(cell);
      for (size_t i = 0; i < seeds.size(); ++i) sums[i] += sign * std::log(values[seeds[i]]->value);
    }
  };
  for (const CellContrast& contrast : contexts.contrasts) {
    add(contrast.over, 1);
    add(contrast.under, -1);
  }
  for (double& sum : sums) sum /= static_cast<double>(contexts.contrasts.size());
  return sums;
}

}  // namespace

SeedContrasts ContrastsBySeed(const Evidence& evidence, const Contexts& contexts,
                              const Response& response) {
  const Observations observations(evidence, AllCells(contexts), response);
  SeedContrasts result;
  result.unknown = MissingCells(evidence, contexts, observations, response.of_target());
  if (!result.unknown.empty()) return result;
  const std::vector<size_t> seeds = CompleteSeeds(evidence, observations);
  if (seeds.empty()) return {{}, {}, Bound::kNone, "no seed has a value of every cell it needs"};
  JudgeCensoring(evidence, contexts, observations, seeds, result);
  if (!result.unknown.empty()) return result;
  for (const size_t seed : seeds) result.seeds.push_back(evidence.summary.seeds[seed]);
  result.logarithms = LogRatios(observations, contexts, seeds);
  return result;
}

namespace {

void CountRuns(const Evidence& evidence, const Contexts& contexts, Ratio& ratio) {
  for (const size_t cell : AllCells(contexts)) {
    auto run = evidence.runs.lower_bound({cell, 0});
    for (; run != evidence.runs.end() && run->first.first == cell; ++run) {
      ++ratio.runs;
      ratio.reached += run->second->status == Status::kReached;
    }
  }
}

void AddUncertainty(const std::vector<double>& logarithms, double confidence, Ratio& ratio) {
  const Interval interval = Exp(MeanInterval(logarithms, confidence));
  ratio.low = interval.low;
  ratio.high = interval.high;
  ratio.p = MeanPValue(logarithms);
  if (const auto bootstrap = BootstrapInterval(logarithms, confidence)) {
    ratio.bootstrap_low = Exp(*bootstrap).low;
    ratio.bootstrap_high = Exp(*bootstrap).high;
  }
  const auto spread = SpreadOf(logarithms);
  if (!spread || IsZero(*spread, std::log(interval.mean))) return;
  ratio.detectable =
      MinimumDetectableRatio(spread->deviation, static_cast<int64_t>(logarithms.size()));
}

}  // namespace

Ratio MeanRatio(const Evidence& evidence, const Contexts& contexts, const Response& response,
                double confidence) {
  const SeedContrasts contrasts = ContrastsBySeed(evidence, contexts, response);
  Ratio ratio;
  ratio.unknown = contrasts.unknown;
  ratio.contexts = static_cast<int64_t>(contexts.contrasts.size());
  ratio.seeds = static_cast<int64_t>(contrasts.seeds.size());
  ratio.bound = contrasts.bound;
  CountRuns(evidence, contexts, ratio);
  if (contrasts.logarithms.empty()) return ratio;
  ratio.value = std::exp(MeanInterval(contrasts.logarithms).mean);
  if (ratio.bound == Bound::kNone) AddUncertainty(contrasts.logarithms, confidence, ratio);
  return ratio;
}

Ratio Inverse(const Ratio& ratio) {
  const auto invert = [](const std::optional<double>& value) {
    return value ? std::optional(1 / *value) : std::nullopt;
  };
  Ratio inverse = ratio;
  inverse.value = invert(ratio.value);
  inverse.low = invert(ratio.high);
  inverse.high = invert(ratio.low);
  inverse.bootstrap_low = invert(ratio.bootstrap_high);
  inverse.bootstrap_high = invert(ratio.bootstrap_low);
  if (ratio.bound == Bound::kAtLeast) inverse.bound = Bound::kAtMost;
  if (ratio.bound == Bound::kAtMost) inverse.bound = Bound::kAtLeast;
  return inverse;
}

}  // namespace ablate

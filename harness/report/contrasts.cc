#include "harness/report/contrasts.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "harness/plan/nearest.h"
#include "harness/report/bootstrap.h"
#include "harness/report/power.h"

namespace ablate {
namespace {

const Record* Find(const Evidence& evidence, size_t cell, uint64_t seed) {
  const auto found = evidence.runs.find({cell, seed});
  return found == evidence.runs.end() ? nullptr : found->second;
}

std::optional<Observation> Observe(const Evidence& evidence, size_t cell, uint64_t seed,
                                   const Response& response) {
  const Record* run = Find(evidence, cell, seed);
  return run == nullptr ? std::nullopt : response.observe(*run);
}

std::set<size_t> CellsOf(const Contexts& contexts, std::vector<size_t> CellContrast::*side) {
  std::set<size_t> cells;
  for (const CellContrast& contrast : contexts.contrasts) {
    cells.insert((contrast.*side).begin(), (contrast.*side).end());
  }
  return cells;
}

std::set<size_t> AllCells(const Contexts& contexts) {
  std::set<size_t> cells = CellsOf(contexts, &CellContrast::over);
  cells.merge(CellsOf(contexts, &CellContrast::under));
  return cells;
}

// Short names of the cells for which `test` holds, as words; empty where it holds for none.
template <typename Test>
std::string Named(const Evidence& evidence, const std::set<size_t>& cells, Test test) {
  std::vector<std::string> names;
  for (const size_t cell : cells) {
    if (test(cell)) names.push_back(evidence.summary.cells[cell].short_name);
  }
  return Join(names);
}

// Why the contrast can't be made, whatever the seeds that are used; empty where it can.
std::string MissingCells(const Evidence& evidence, const Contexts& contexts,
                         const Response& response) {
  if (!contexts.excluded.empty()) return "excluded: " + Join(contexts.excluded);
  const auto& seeds = evidence.summary.seeds;
  const std::set<size_t> cells = AllCells(contexts);
  const std::string diverged = Named(evidence, cells, [&](size_t cell) {
    return response.of_target && std::ranges::any_of(seeds, [&](uint64_t seed) {
             const Record* run = Find(evidence, cell, seed);
             return run != nullptr && run->status == Status::kDiverged;
           });
  });
  if (!diverged.empty()) return "diverged: " + diverged;
  const std::string empty = Named(evidence, cells, [&](size_t cell) {
    return std::ranges::none_of(
        seeds, [&](uint64_t seed) { return Observe(evidence, cell, seed, response).has_value(); });
  });
  return empty.empty() ? "" : "no value: " + empty;
}

std::vector<uint64_t> CompleteSeeds(const Evidence& evidence, const Contexts& contexts,
                                    const Response& response) {
  const std::set<size_t> cells = AllCells(contexts);
  std::vector<uint64_t> complete;
  std::ranges::copy_if(evidence.summary.seeds, std::back_inserter(complete), [&](uint64_t seed) {
    return std::ranges::all_of(
        cells, [&](size_t cell) { return Observe(evidence, cell, seed, response).has_value(); });
  });
  return complete;
}

bool AnyCensored(const Evidence& evidence, const std::set<size_t>& cells,
                 const std::vector<uint64_t>& seeds, const Response& response) {
  return std::ranges::any_of(cells, [&](size_t cell) {
    return std::ranges::any_of(
        seeds, [&](uint64_t seed) { return Observe(evidence, cell, seed, response)->censored; });
  });
}

double LogRatio(const Evidence& evidence, const Contexts& contexts, uint64_t seed,
                const Response& response) {
  double sum = 0;
  for (const CellContrast& contrast : contexts.contrasts) {
    for (const size_t cell : contrast.over) {
      sum += std::log(Observe(evidence, cell, seed, response)->value);
    }
    for (const size_t cell : contrast.under) {
      sum -= std::log(Observe(evidence, cell, seed, response)->value);
    }
  }
  return sum / static_cast<double>(contexts.contrasts.size());
}

}  // namespace

SeedContrasts ContrastsBySeed(const Evidence& evidence, const Contexts& contexts,
                              const Response& response) {
  SeedContrasts result;
  result.unknown = MissingCells(evidence, contexts, response);
  if (!result.unknown.empty()) return result;
  const std::vector<uint64_t> seeds = CompleteSeeds(evidence, contexts, response);
  if (seeds.empty()) return {{}, {}, Bound::kNone, "no seed has a value of every cell it needs"};
  const bool over = AnyCensored(evidence, CellsOf(contexts, &CellContrast::over), seeds, response);
  const bool under =
      AnyCensored(evidence, CellsOf(contexts, &CellContrast::under), seeds, response);
  if (over && under) {
    return {{}, {}, Bound::kNone, "runs on both sides stopped before the target"};
  }
  result.bound = over ? Bound::kAtLeast : under ? Bound::kAtMost : Bound::kNone;
  result.seeds = seeds;
  for (const uint64_t seed : seeds) {
    result.logarithms.push_back(LogRatio(evidence, contexts, seed, response));
  }
  return result;
}

namespace {

void CountRuns(const Evidence& evidence, const Contexts& contexts,
               const std::vector<uint64_t>& seeds, Ratio& ratio) {
  for (const size_t cell : AllCells(contexts)) {
    for (const uint64_t seed : seeds) {
      const Record* run = Find(evidence, cell, seed);
      if (run == nullptr) continue;
      ++ratio.runs;
      ratio.reached += run->status == Status::kReached;
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
  CountRuns(evidence, contexts, contrasts.seeds.empty() ? evidence.summary.seeds : contrasts.seeds,
            ratio);
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

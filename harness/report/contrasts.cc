#include "harness/report/contrasts.h"

#include <algorithm>
#include <cmath>

#include "harness/report/statistics.h"

namespace ablate {
namespace {

std::optional<Observation> Observe(const RunTable& runs, size_t cell, uint64_t seed,
                                   const Response& response) {
  const auto found = runs.find({cell, seed});
  return found == runs.end() ? std::nullopt : response.observe(*found->second);
}

// The bound of a mean of contrasts; absent where opposite bounds meet.
std::optional<Bound> Combine(Bound a, Bound b) {
  if (a == Bound::kNone || a == b) return b;
  if (b == Bound::kNone) return a;
  return std::nullopt;
}

}  // namespace

std::optional<Contrast> PairedContrast(const RunTable& runs, CellPair pair, uint64_t seed,
                                       const Response& response) {
  const auto a = Observe(runs, pair.cell, seed, response);
  const auto b = Observe(runs, pair.against, seed, response);
  if (!a || !b || (a->censored && b->censored)) return std::nullopt;
  const Bound bound = a->censored ? Bound::kAtLeast : b->censored ? Bound::kAtMost : Bound::kNone;
  return Contrast{std::log(a->value) - std::log(b->value), bound};
}

Selection SelectComplete(const RunTable& runs, const std::vector<CellPair>& pairs,
                         const std::vector<uint64_t>& seeds, const Response& response) {
  const auto has = [&](CellPair pair, uint64_t seed) {
    return PairedContrast(runs, pair, seed, response).has_value();
  };
  const auto has_any = [&](CellPair pair) {
    return std::ranges::any_of(seeds, [&](uint64_t seed) { return has(pair, seed); });
  };
  Selection selection;
  std::ranges::copy_if(pairs, std::back_inserter(selection.pairs), has_any);
  if (selection.pairs.empty()) return selection;
  std::ranges::copy_if(seeds, std::back_inserter(selection.seeds), [&](uint64_t seed) {
    return std::ranges::all_of(selection.pairs, [&](CellPair pair) { return has(pair, seed); });
  });
  if (!selection.seeds.empty()) return selection;
  std::ranges::copy_if(seeds, std::back_inserter(selection.seeds), [&](uint64_t seed) {
    return std::ranges::any_of(selection.pairs, [&](CellPair pair) { return has(pair, seed); });
  });
  std::erase_if(selection.pairs, [&](CellPair pair) {
    return !std::ranges::all_of(selection.seeds, [&](uint64_t seed) { return has(pair, seed); });
  });
  return selection;
}

Ratio MeanRatio(const RunTable& runs, const Selection& selection, const Response& response) {
  Ratio ratio;
  ratio.seeds = static_cast<int64_t>(selection.seeds.size());
  ratio.contexts = static_cast<int64_t>(selection.pairs.size());
  if (selection.pairs.empty() || selection.seeds.empty()) return ratio;
  std::vector<double> means;
  for (const uint64_t seed : selection.seeds) {
    double sum = 0;
    for (const CellPair pair : selection.pairs) {
      const auto contrast = PairedContrast(runs, pair, seed, response);
      const auto bound = contrast ? Combine(ratio.bound, contrast->bound) : std::nullopt;
      if (!bound) return Ratio{{}, {}, {}, Bound::kNone, ratio.seeds, ratio.contexts};
      ratio.bound = *bound;
      sum += contrast->logarithm;
    }
    means.push_back(sum / static_cast<double>(selection.pairs.size()));
  }
  const Interval interval = Exp(MeanInterval(means));
  ratio.value = interval.mean;
  if (ratio.bound != Bound::kNone) return ratio;
  ratio.low = interval.low;
  ratio.high = interval.high;
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
  if (ratio.bound == Bound::kAtLeast) inverse.bound = Bound::kAtMost;
  if (ratio.bound == Bound::kAtMost) inverse.bound = Bound::kAtLeast;
  return inverse;
}

}  // namespace ablate

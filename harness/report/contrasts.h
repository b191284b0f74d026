// Cells compared with cells, paired by seed: runs of one block share initial weights and data order
// as far as their cells allow, so a difference within a block is free of what the seed does.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "harness/report/responses.h"
#include "harness/report/summary.h"
#include "harness/run/record.h"

namespace ablate {

// The records of an analysis by cell (an index of the caller's) and seed.
using RunTable = std::map<std::pair<size_t, uint64_t>, const Record*>;

struct CellPair {
  size_t cell = 0, against = 0;
};

// The log ratio of one pair in one seed.
struct Contrast {
  double logarithm = 0;
  Bound bound = Bound::kNone;
};

// Absent where a side has no value or both are censored (their ratio could be anything).
std::optional<Contrast> PairedContrast(const RunTable& runs, CellPair pair, uint64_t seed,
                                       const Response& response);

// Which contrasts an effect averages: every pair in every seed, so that each seed's mean is over
// the same pairs. Pairs that no seed has are left out; then seeds that lack one of the rest; and if
// none is left, pairs that some seed lacks instead.
struct Selection {
  std::vector<CellPair> pairs;
  std::vector<uint64_t> seeds;
};
Selection SelectComplete(const RunTable& runs, const std::vector<CellPair>& pairs,
                         const std::vector<uint64_t>& seeds, const Response& response);

// The geometric mean of the selected ratios, with Student's limits over the seeds' means where
// there are two seeds or more and nothing is censored. A mean of exact and bounded contrasts is a
// bound; of opposite bounds, nothing.
Ratio MeanRatio(const RunTable& runs, const Selection& selection, const Response& response);

// 1 / ratio: limits and bound change sides.
Ratio Inverse(const Ratio& ratio);

}  // namespace ablate

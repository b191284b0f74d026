// Cells compared with cells, paired by seed: runs of one block share initial weights and data order
// as far as their cells allow, so a difference within a block is free of what the seed does.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "harness/report/responses.h"
#include "harness/report/statistics.h"
#include "harness/report/summary.h"
#include "harness/run/record.h"

namespace ablate {

// The records of an analysis by cell (an index into Summary::cells) and seed.
using RunTable = std::map<std::pair<size_t, uint64_t>, const Record*>;

// In one setting of the other factors: a cell over a cell, or, for an interaction, two over two.
struct CellContrast {
  std::vector<size_t> over, under;
};

// What a contrast averages over, and what the design leaves out of it.
struct Contexts {
  std::vector<CellContrast> contrasts;
  std::vector<std::string> excluded;  // cells that it needs too, by short name
  int64_t planned = 0;                // contrasts, with those that lack an excluded cell
};

// The mean log ratio over the contexts, one a seed.
struct SeedContrasts {
  std::vector<uint64_t> seeds;
  std::vector<double> logarithms;
  Bound bound = Bound::kNone;  // of their mean
  std::string unknown;         // why there are none
};

struct Evidence {
  const Summary& summary;  // cells and seeds are read
  const RunTable& runs;
};

// Uses the seeds in which every cell has a value. None are left, and `unknown` names the cells,
// where a cell is excluded or has no value in any seed, where one is zero or less (it has no
// logarithm), where one diverged that should have reached the target, and where runs on both sides
// are censored, in whatever seeds (their ratio could be anything).
//
// Nor where the only censored runs of a side are in seeds that are not used, since a partner failed
// or is missing: the pairs that are left would read as if every run had arrived, and are no bound
// either, for how slow the partner was in that seed is not known.
SeedContrasts ContrastsBySeed(const Evidence& evidence, const Contexts& contexts,
                              const Response& response);

// Their geometric mean with limits and p, and how many of all runs of its cells reached the target.
Ratio MeanRatio(const Evidence& evidence, const Contexts& contexts, const Response& response,
                double confidence = kConfidence);

// 1 / ratio: limits and bound change sides.
Ratio Inverse(const Ratio& ratio);

}  // namespace ablate

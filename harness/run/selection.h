// Which of a plan's runs one call of the driver takes.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "harness/plan/plan.h"
#include "harness/plan/suite.h"

namespace ablate {

// "padding=dynamic|bucketed,precision=amp": a comma means and, a bar between levels means or.
class CellFilter {
 public:
  CellFilter() = default;  // every cell
  // Throws Error, naming what is allowed, for a factor or a level that the suite doesn't have.
  CellFilter(const std::string& expression, const Suite& suite);

  bool Matches(const Cell& cell) const;

 private:
  std::vector<std::pair<std::string, std::vector<std::string>>> allowed_;  // factor, labels
};

struct Selection {
  std::string filter = {};           // of CellFilter; empty: every cell
  std::vector<uint64_t> seeds = {};  // empty: the suite's
  int64_t shard = 1;  // of `shards`, counted from 1: every shards-th seed block, whole
  int64_t shards = 1;
};

// "1,2,5-8". Throws Error.
std::vector<uint64_t> ParseSeeds(const std::string& text);
// "2/3" into shard and shards. Throws Error.
void ParseShard(const std::string& text, Selection& selection);

// Adds to a suite the seeds that are asked for and that it doesn't list, at the end, so that the
// blocks of its own keep their numbers.
void AddSeeds(const std::vector<uint64_t>& seeds, Suite& suite);

struct SelectedRuns {
  std::vector<PlannedRun> runs;     // in the plan's order
  std::vector<PlannedRun> skipped;  // one a skipped cell and seed
};
// Throws Error where nothing is selected.
SelectedRuns Select(const Suite& suite, const Plan& plan, const Selection& selection);

}  // namespace ablate

// Suite -> cells -> runs in order.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/plan/design.h"
#include "harness/plan/settings.h"
#include "harness/plan/suite.h"
#include "techniques/recipe.h"

namespace ablate {

struct Cell {
  std::string name;  // "padding=dynamic,precision=amp,…", matrix order
  std::vector<std::pair<std::string, std::string>> factors;  // factor, label
  std::shared_ptr<const Suite> suite;
  Combination levels;  // of the suite's factors
  // 12 hex digits of the SHA-256 of the resolved configuration, differing between all cells of a
  // plan: an excluded cell that resolves to what another cell trains has its name hashed too.
  std::string cell_id;
  int64_t processes = 1;  // that train it together; of a skipped cell 1
  std::string cpu_only;   // the technique whose level is for CPUs alone; empty: none
  // The technique whose level, with others of the cell, no CPU computes; empty: none.
  std::string gpu_only;
  int64_t replicas = 1;     // threads of each process that train a copy of the model
  bool graph = false;       // its updates are captured as CUDA graphs
  uint64_t recipe_key = 0;  // the same for cells that train the same (recipe_key.h); skipped: 0
  std::string skip_reason;  // empty: the cell is run
  bool baseline = false;
  Batching batching;  // how its recipe cuts sentences into batches; of a skipped cell the default

  // What it trains. Made anew by each call: a large plan would not fit into memory with them.
  Settings settings() const;
};

struct PlannedRun {
  size_t cell = 0;  // index into Plan::cells
  uint64_t seed = 0;
  int64_t block = 0;     // index of the seed
  int64_t position = 0;  // within the block, after its seeded shuffle
  std::string run_id;    // "<cell_id>-s<seed>"
};

struct Plan {
  std::vector<Cell> cells;       // in the order of the design, the last factor fastest
  std::vector<PlannedRun> runs;  // randomised complete blocks; skipped cells have no runs
};

// Throws Error where a cell's settings contradict each other, naming the path in the suite.
Plan MakePlan(const Suite& suite);

}  // namespace ablate

// The cells of a design by their levels: which of them a contrast needs.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/plan/plan.h"
#include "harness/plan/suite.h"
#include "harness/report/contrasts.h"
#include "harness/report/summary.h"

namespace ablate {

// A factor's level, both as indices into Suite::factors and Factor::levels.
struct FactorAt {
  size_t factor = 0, level = 0;
};

class CellGrid {
 public:
  // Knows the plan's cells, excluded ones too, and those that only have records, as far as their
  // factors and labels are the suite's.
  CellGrid(const Suite& suite, const Plan& plan, const Summary& summary);

  // The level over another level of its factor, in every setting of the other factors in which the
  // design has both.
  Contexts Pairs(FactorAt level, size_t against) const;
  // The same in the one setting in which all others are at the baseline.
  Contexts SimplePair(FactorAt level, size_t against) const;
  // The ratio of `a` over its baseline level, where `b` is on, over the same where it is not; in
  // every setting of the remaining factors in which the design has all four cells.
  Contexts Quadruples(FactorAt a, FactorAt b) const;

  // A cell's levels, one a factor of the suite; none where a label is not the suite's.
  std::optional<std::vector<size_t>> LevelsOf(size_t cell) const;
  // The cell with these levels; none where there is no such cell, or it is excluded.
  std::optional<size_t> CellAt(const std::vector<size_t>& levels) const;
  // The levels of the baseline.
  std::vector<size_t> BaselineLevels() const;

 private:
  using Levels = std::vector<size_t>;
  struct Place {
    std::optional<size_t> cell;  // index into Summary::cells; none: excluded
    std::string short_name;
  };

  std::optional<Levels> Find(const FactorLabels& labels) const;
  bool HasAll(const std::vector<Levels>& cells) const;
  // Adds the contrast, or what of it is excluded.
  void Add(const std::vector<Levels>& over, const std::vector<Levels>& under,
           Contexts& contexts) const;

  const Suite& suite_;
  std::map<Levels, Place> places_;
  std::vector<std::optional<Levels>> levels_;  // by cell
};

// Every level that is not its factor's baseline.
std::vector<FactorAt> ComparedLevels(const Suite& suite);

}  // namespace ablate

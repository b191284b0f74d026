#include "harness/report/cell_grid.h"

#include <algorithm>

#include "harness/plan/cell_name.h"

namespace ablate {
namespace {

std::vector<size_t> With(std::vector<size_t> levels, FactorAt at) {
  levels[at.factor] = at.level;
  return levels;
}

}  // namespace

CellGrid::CellGrid(const Suite& suite, const Plan& plan, const Summary& summary) : suite_(suite) {
  for (size_t i = 0; i < summary.cells.size(); ++i) {
    levels_.push_back(Find(summary.cells[i].factors));
    if (levels_.back()) places_[*levels_.back()] = {i, summary.cells[i].short_name};
  }
  for (const Cell& cell : plan.cells) {
    const auto levels = Find(cell.factors);
    if (levels) places_.try_emplace(*levels, Place{{}, ShortName(suite, cell.factors)});
  }
}

std::optional<std::vector<size_t>> CellGrid::Find(const FactorLabels& labels) const {
  if (labels.size() != suite_.factors.size()) return std::nullopt;
  Levels levels;
  for (const Factor& factor : suite_.factors) {
    const auto label = std::ranges::find(labels, factor.name, &FactorLabels::value_type::first);
    if (label == labels.end()) return std::nullopt;
    const auto level = std::ranges::find(factor.levels, label->second, &FactorLevel::label);
    if (level == factor.levels.end()) return std::nullopt;
    levels.push_back(static_cast<size_t>(level - factor.levels.begin()));
  }
  return levels;
}

std::optional<std::vector<size_t>> CellGrid::LevelsOf(size_t cell) const { return levels_[cell]; }

std::optional<size_t> CellGrid::CellAt(const Levels& levels) const {
  const auto found = places_.find(levels);
  return found == places_.end() ? std::nullopt : found->second.cell;
}

std::vector<size_t> CellGrid::BaselineLevels() const {
  Levels levels;
  for (const Factor& factor : suite_.factors) levels.push_back(factor.baseline);
  return levels;
}

bool CellGrid::HasAll(const std::vector<Levels>& cells) const {
  return std::ranges::all_of(cells, [&](const Levels& cell) { return places_.contains(cell); });
}

void CellGrid::Add(const std::vector<Levels>& over, const std::vector<Levels>& under,
                   Contexts& contexts) const {
  if (!HasAll(over) || !HasAll(under)) return;
  CellContrast contrast;
  bool complete = true;
  const auto place = [&](const Levels& levels, std::vector<size_t>& side) {
    const Place& found = places_.at(levels);
    if (found.cell) {
      side.push_back(*found.cell);
    } else {
      complete = false;
      auto& excluded = contexts.excluded;
      if (std::ranges::find(excluded, found.short_name) == excluded.end()) {
        excluded.push_back(found.short_name);
      }
    }
  };
  for (const Levels& levels : over) place(levels, contrast.over);
  for (const Levels& levels : under) place(levels, contrast.under);
  if (complete) contexts.contrasts.push_back(std::move(contrast));
  ++contexts.planned;
}

Contexts CellGrid::Pairs(FactorAt level, size_t against) const {
  Contexts contexts;
  for (const auto& [levels, place] : places_) {
    if (levels[level.factor] != level.level) continue;
    Add({levels}, {With(levels, {level.factor, against})}, contexts);
  }
  return contexts;
}

Contexts CellGrid::SimplePair(FactorAt level, size_t against) const {
  Contexts contexts;
  const Levels baseline = BaselineLevels();
  Add({With(baseline, level)}, {With(baseline, {level.factor, against})}, contexts);
  return contexts;
}

Contexts CellGrid::Quadruples(FactorAt a, FactorAt b) const {
  const FactorAt no_a{a.factor, suite_.factors[a.factor].baseline};
  const FactorAt no_b{b.factor, suite_.factors[b.factor].baseline};
  Contexts contexts;
  for (const auto& [levels, place] : places_) {
    if (levels[a.factor] != a.level || levels[b.factor] != b.level) continue;
    Add({levels, With(With(levels, no_a), no_b)}, {With(levels, no_a), With(levels, no_b)},
        contexts);
  }
  return contexts;
}

std::vector<FactorAt> ComparedLevels(const Suite& suite) {
  std::vector<FactorAt> compared;
  for (size_t f = 0; f < suite.factors.size(); ++f) {
    for (size_t l = 0; l < suite.factors[f].levels.size(); ++l) {
      if (l != suite.factors[f].baseline) compared.push_back({f, l});
    }
  }
  return compared;
}

}  // namespace ablate

#include "harness/plan/claims.h"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <utility>

#include "harness/plan/cell_name.h"
#include "harness/plan/nearest.h"

namespace ablate {
namespace {

constexpr size_t kShownLevels = 8;
constexpr size_t kShownRecipes = 4;
constexpr size_t kShownCells = 6;  // of one recipe

using FactorLevels = std::set<std::pair<size_t, size_t>>;  // factor, level

void AddSeeds(const Suite& suite, std::vector<std::string>& claims) {
  if (suite.seeds.size() > 1) return;
  claims.push_back(
      "One seed: ratios stand alone, without intervals and p values; give two seeds or more.");
}

void AddDesign(const Suite& suite, std::vector<std::string>& claims) {
  if (suite.design == Design::kOneFactor) {
    claims.push_back(
        "The design one_factor changes one factor at a time: no effect is an average over other "
        "factors, and no interaction can be seen. Effects hold beside the baseline's levels.");
  }
  if (suite.design == Design::kLeaveOneOut) {
    claims.push_back(
        "The design leave_one_out takes factors away one at a time: no effect is an average over "
        "other factors, and no interaction can be seen. Effects hold beside all the others.");
  }
}

void AddSingleLevels(const Suite& suite, std::vector<std::string>& claims) {
  for (const Factor& factor : suite.factors) {
    if (factor.levels.size() > 1) continue;
    claims.push_back(factor.name + " has one level: nothing can be said about it.");
  }
}

// The levels whose contrast with the baseline's level uses the cell: its own, and, for a factor
// that it has at the baseline, all others.
void AddLevelsThatNeed(const Suite& suite, const Cell& cell, FactorLevels& levels) {
  for (size_t i = 0; i < suite.factors.size(); ++i) {
    const Factor& factor = suite.factors[i];
    if (cell.levels[i] != factor.baseline) {
      levels.emplace(i, cell.levels[i]);
      continue;
    }
    for (size_t level = 0; level < factor.levels.size(); ++level)
      if (level != factor.baseline) levels.emplace(i, level);
  }
}

std::string Shown(const Suite& suite, const FactorLevels& levels) {
  std::vector<std::string> shown;
  for (const auto& [factor, level] : levels) {
    if (shown.size() == kShownLevels) break;
    shown.push_back(suite.factors[factor].name + "=" + suite.factors[factor].levels[level].label);
  }
  if (levels.size() > kShownLevels)
    shown.push_back("and " + std::to_string(levels.size() - kShownLevels) + " more");
  return Join(shown);
}

// Only where the design combines levels are there averages that a gap can spoil.
void AddEmptyCells(const Suite& suite, const Plan& plan, std::vector<std::string>& claims) {
  if (suite.design != Design::kFactorial) return;
  FactorLevels levels;
  const Cell* first = nullptr;
  int64_t excluded = 0;
  for (const Cell& cell : plan.cells) {
    if (cell.skip_reason.empty()) continue;
    if (first == nullptr) first = &cell;
    ++excluded;
    AddLevelsThatNeed(suite, cell, levels);
  }
  if (first == nullptr) return;
  claims.push_back("No average over the other factors of " + Shown(suite, levels) +
                   ", and no interaction of two of these: they need " +
                   DisplayName(suite, first->factors) +
                   (excluded == 1 ? "" : " or another of " + std::to_string(excluded) + " cells") +
                   (excluded == 1 ? ", which is excluded." : " that are excluded."));
}

// A cell that differs from the baseline in one level is all that this level's simple effect has.
void AddMissingSimpleEffects(const Suite& suite, const Plan& plan,
                             std::vector<std::string>& claims) {
  FactorLevels levels;
  for (const Cell& cell : plan.cells) {
    if (cell.skip_reason.empty()) continue;
    FactorLevels differing;
    for (size_t i = 0; i < suite.factors.size(); ++i)
      if (cell.levels[i] != suite.factors[i].baseline) differing.emplace(i, cell.levels[i]);
    if (differing.size() == 1) levels.merge(differing);
  }
  if (levels.empty()) return;
  claims.push_back("No effect beside the baseline's levels of " + Shown(suite, levels) +
                   ": its cell is excluded.");
}

void AddSameRecipes(const Suite& suite, const Plan& plan, std::vector<std::string>& claims) {
  const std::string cells = CellsOfOneRecipe(suite, plan);
  if (cells.empty()) return;
  claims.push_back("These cells train the same recipe, so nothing but chance can differ: " + cells +
                   ".");
}

std::string NamesOf(const Suite& suite, const std::vector<const Cell*>& cells) {
  std::vector<std::string> names;
  for (const Cell* cell : cells) {
    if (names.size() == kShownCells) break;
    names.push_back(ShortName(suite, cell->factors));
  }
  if (cells.size() > kShownCells)
    names.push_back(std::to_string(cells.size() - kShownCells) + " more");
  return Join(names, " and ");
}

}  // namespace

std::string CellsOfOneRecipe(const Suite& suite, const Plan& plan) {
  std::unordered_map<uint64_t, std::vector<const Cell*>> by_key;
  by_key.reserve(plan.cells.size());
  std::vector<uint64_t> repeated;  // in the order of the plan
  for (const Cell& cell : plan.cells) {
    if (!cell.skip_reason.empty()) continue;
    std::vector<const Cell*>& cells = by_key[cell.recipe_key];
    cells.push_back(&cell);
    if (cells.size() == 2) repeated.push_back(cell.recipe_key);
  }
  std::vector<std::string> groups;
  for (size_t i = 0; i < std::min(repeated.size(), kShownRecipes); ++i) {
    groups.push_back(NamesOf(suite, by_key[repeated[i]]));
  }
  if (repeated.size() > kShownRecipes)
    groups.push_back(std::to_string(repeated.size() - kShownRecipes) + " sets more");
  return Join(groups, "; ");
}

std::vector<std::string> UnsupportedClaims(const Suite& suite, const Plan& plan) {
  std::vector<std::string> claims;
  AddSeeds(suite, claims);
  AddDesign(suite, claims);
  AddSingleLevels(suite, claims);
  AddEmptyCells(suite, plan, claims);
  AddMissingSimpleEffects(suite, plan, claims);
  AddSameRecipes(suite, plan, claims);
  return claims;
}

}  // namespace ablate

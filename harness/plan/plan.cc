#include "harness/plan/plan.h"

#include <algorithm>
#include <unordered_map>

#include "harness/plan/design.h"
#include "harness/plan/place.h"
#include "harness/plan/settings_fields.h"
#include "harness/plan/technique_level.h"
#include "model/data/sha256.h"
#include "model/error.h"
#include "model/random.h"

namespace ablate {
namespace {

constexpr size_t kCellIdDigits = 12;

void CheckModel(const Suite& suite, const Cell& cell) {
  try {
    Check(cell.settings.model);
  } catch (const Error& error) {
    FailInCell(suite, cell, "model", error.what());
  }
}

Recipe CheckedRecipe(const Suite& suite, const Cell& cell) {
  Recipe recipe = RecipeBeforeTechniques(cell.settings);
  for (const Technique* technique : AllTechniques()) {
    try {
      ApplyLevel(*technique, cell.settings, recipe);
    } catch (const Error& error) {
      FailInCell(suite, cell, technique->name(), error.what());
    }
  }
  return recipe;
}

// A factor can select a corpus whose own keys the suite does not give.
void CheckRequired(const Suite& suite, const Cell& cell) {
  for (const Section& section : SettingsSections()) {
    for (const Field& field : section.fields) {
      if (!field.required || !Belongs(section, field, cell.settings)) continue;
      if (!field.get(cell.settings).get<std::string>().empty()) continue;
      FailInCell(suite, cell, section.name, "needs " + PathOf(section, field));
    }
  }
}

std::string SkipReason(const Suite& suite, const Cell& cell) {
  for (const Exclusion& exclusion : suite.exclusions) {
    const bool holds =
        std::all_of(exclusion.when.begin(), exclusion.when.end(), [&](const auto& condition) {
          return std::find(cell.factors.begin(), cell.factors.end(), condition) !=
                 cell.factors.end();
        });
    if (holds) return exclusion.reason;
  }
  return "";
}

// The setting that each factor changes; null for techniques.
std::vector<const Field*> FieldsOfFactors(const Suite& suite) {
  std::vector<const Field*> fields;
  for (const Factor& factor : suite.factors)
    fields.push_back(factor.is_technique ? nullptr : FindField(factor.name).field);
  return fields;
}

Cell MakeCell(const Suite& suite, const std::vector<const Field*>& fields,
              const Combination& combination) {
  Cell cell;
  cell.settings = suite.base;
  for (size_t i = 0; i < combination.size(); ++i) {
    const Factor& factor = suite.factors[i];
    const FactorLevel& level = factor.levels[combination[i]];
    if (factor.is_technique)
      cell.settings.techniques[factor.name] = level.value;
    else
      fields[i]->set(cell.settings, level.value);
    if (!cell.name.empty()) cell.name += ",";
    cell.name += factor.name + "=" + level.label;
    cell.factors.emplace_back(factor.name, level.label);
  }
  cell.skip_reason = SkipReason(suite, cell);
  return cell;
}

std::string CellId(const std::string& configuration) {
  return Sha256Hex(configuration).substr(0, kCellIdDigits);
}

// Cells that are run get theirs first, so that an excluded duplicate gives way.
void GiveIds(const Suite& suite, std::vector<Cell>& cells) {
  std::unordered_map<std::string, const Cell*> taken;
  for (Cell& cell : cells) {
    cell.cell_id = CellId(ToJson(cell.settings).dump());
    if (!cell.skip_reason.empty()) continue;
    const auto [other, is_new] = taken.emplace(cell.cell_id, &cell);
    if (!is_new)
      FailAt(suite, "matrix",
             "the cells " + other->second->name + " and " + cell.name +
                 " have the same configuration; leave a level out, or exclude "
                 "one of them");
  }
  for (Cell& cell : cells) {
    if (cell.skip_reason.empty()) continue;
    if (!taken.emplace(cell.cell_id, &cell).second)
      cell.cell_id = CellId(ToJson(cell.settings).dump() + cell.name);
  }
}

std::vector<Cell> MakeCells(const Suite& suite, const std::vector<Combination>& combinations) {
  const std::vector<const Field*> fields = FieldsOfFactors(suite);
  const Combination baseline = BaselineOf(suite);
  std::vector<Cell> cells;
  cells.reserve(combinations.size());
  for (const Combination& combination : combinations) {
    Cell& cell = cells.emplace_back(MakeCell(suite, fields, combination));
    cell.baseline = combination == baseline;
    if (!cell.skip_reason.empty()) continue;
    CheckRequired(suite, cell);
    CheckModel(suite, cell);
    cell.processes = CheckedRecipe(suite, cell).parallelism.processes;
  }
  return cells;
}

void AddBlock(uint64_t seed, int64_t block, std::vector<size_t> order, Plan& plan) {
  Random(seed, "block").Shuffle(order);
  for (size_t position = 0; position < order.size(); ++position)
    plan.runs.push_back(
        {.cell = order[position],
         .seed = seed,
         .block = block,
         .position = static_cast<int64_t>(position),
         .run_id = plan.cells[order[position]].cell_id + "-s" + std::to_string(seed)});
}

std::vector<Combination> ExpandOrFail(const Suite& suite) {
  try {
    return Expand(suite);
  } catch (const Error& error) {
    FailAt(suite, "matrix", error.what());
  }
}

}  // namespace

Plan MakePlan(const Suite& suite) {
  Plan plan;
  plan.cells = MakeCells(suite, ExpandOrFail(suite));
  GiveIds(suite, plan.cells);
  std::vector<size_t> run;
  for (size_t i = 0; i < plan.cells.size(); ++i)
    if (plan.cells[i].skip_reason.empty()) run.push_back(i);
  if (run.size() * suite.seeds.size() > kMostRuns)
    FailAt(suite, "seeds", "more than " + std::to_string(kMostRuns) + " runs; list fewer");
  plan.runs.reserve(run.size() * suite.seeds.size());
  for (size_t block = 0; block < suite.seeds.size(); ++block)
    AddBlock(suite.seeds[block], static_cast<int64_t>(block), run, plan);
  return plan;
}

}  // namespace ablate

#include "harness/plan/cells.h"

#include <algorithm>
#include <utility>

#include "harness/plan/design.h"
#include "harness/plan/place.h"
#include "harness/plan/recipe_key.h"
#include "harness/plan/settings_fields.h"
#include "harness/plan/technique_level.h"
#include "model/error.h"

namespace ablate {
namespace {

constexpr size_t kNone = static_cast<size_t>(-1);

void CheckModel(const Suite& suite, const Cell& cell, const TransformerConfig& model) {
  try {
    Check(model);
  } catch (const Error& error) {
    FailInCell(suite, cell, "model", error.what());
  }
}

// A factor can select a corpus whose own keys the suite does not give.
void CheckRequired(const Suite& suite, const Cell& cell, const Settings& settings) {
  for (const Section& section : SettingsSections()) {
    for (const Field& field : section.fields) {
      if (!field.required || !Belongs(section, field, settings)) continue;
      if (!field.get(settings).get<std::string>().empty()) continue;
      FailInCell(suite, cell, section.name, "needs " + PathOf(section, field));
    }
  }
}

// An exclusion by indices: of factors, and of their levels.
struct ExcludedLevels {
  std::vector<std::pair<size_t, size_t>> when;
  const std::string* reason;
};

size_t IndexOf(const Suite& suite, const std::string& factor) {
  return static_cast<size_t>(std::ranges::find(suite.factors, factor, &Factor::name) -
                             suite.factors.begin());
}

size_t IndexOf(const Factor& factor, const std::string& label) {
  return static_cast<size_t>(std::ranges::find(factor.levels, label, &FactorLevel::label) -
                             factor.levels.begin());
}

std::vector<ExcludedLevels> ExclusionsOf(const Suite& suite) {
  std::vector<ExcludedLevels> exclusions;
  for (const Exclusion& exclusion : suite.exclusions) {
    ExcludedLevels& excluded = exclusions.emplace_back(ExcludedLevels{{}, &exclusion.reason});
    for (const auto& [name, label] : exclusion.when) {
      const size_t factor = IndexOf(suite, name);
      excluded.when.emplace_back(factor, IndexOf(suite.factors[factor], label));
    }
  }
  return exclusions;
}

// Makes one cell after the other, and anew only what differs from the last: a large plan has
// 100,000 of them.
class CellMaker {
 public:
  explicit CellMaker(const std::shared_ptr<const Suite>& suite);
  Cell Make(Combination levels);

 private:
  // What a factor changes: a setting, or the level of a technique.
  struct Slot {
    const Field* field = nullptr;
    size_t technique = 0;
    std::vector<LevelChoice> choices = {};
  };

  static Slot SlotOf(const Factor& factor);
  void Turn(const Combination& levels);
  std::string SkipReason(const Combination& levels) const;
  void Check(Cell& cell) const;
  Recipe CheckedRecipe(const Cell& cell) const;
  std::vector<uint64_t> LevelsOutsideRecipe() const;

  std::shared_ptr<const Suite> suite_;
  std::vector<Slot> slots_;  // a factor
  std::vector<ExcludedLevels> exclusions_;
  std::vector<LevelChoice> base_;  // a technique
  bool selects_;                   // a factor can select a corpus
  Combination baseline_;
  Combination levels_;                       // of the last cell
  Settings settings_;                        // of the last cell, but for its techniques
  std::vector<const LevelChoice*> choices_;  // of the last cell, a technique
};

CellMaker::CellMaker(const std::shared_ptr<const Suite>& suite)
    : suite_(suite),
      exclusions_(ExclusionsOf(*suite)),
      selects_(std::ranges::any_of(suite->factors,
                                   [](const Factor& f) { return f.name.starts_with("corpus."); })),
      baseline_(BaselineOf(*suite)),
      settings_(suite->base) {
  for (const Technique* technique : AllTechniques())
    base_.push_back(ChoiceOf(suite->base.techniques.at(std::string(technique->name()))));
  for (const LevelChoice& choice : base_) choices_.push_back(&choice);
  for (const Factor& factor : suite->factors) slots_.push_back(SlotOf(factor));
  levels_.assign(slots_.size(), kNone);
}

CellMaker::Slot CellMaker::SlotOf(const Factor& factor) {
  if (!factor.is_technique) return {.field = FindField(factor.name).field};
  Slot slot;
  while (AllTechniques()[slot.technique]->name() != factor.name) ++slot.technique;
  for (const FactorLevel& level : factor.levels) slot.choices.push_back(ChoiceOf(level.value));
  return slot;
}

void CellMaker::Turn(const Combination& levels) {
  for (size_t i = 0; i < levels.size(); ++i) {
    if (levels[i] == levels_[i]) continue;
    const Slot& slot = slots_[i];
    if (slot.field != nullptr)
      slot.field->set(settings_, suite_->factors[i].levels[levels[i]].value);
    else
      choices_[slot.technique] = &slot.choices[levels[i]];
  }
  levels_ = levels;
}

std::string CellMaker::SkipReason(const Combination& levels) const {
  for (const ExcludedLevels& exclusion : exclusions_) {
    const bool holds = std::ranges::all_of(
        exclusion.when, [&](const auto& at) { return levels[at.first] == at.second; });
    if (holds) return *exclusion.reason;
  }
  return "";
}

Recipe CellMaker::CheckedRecipe(const Cell& cell) const {
  Recipe recipe = RecipeBeforeTechniques(settings_);
  for (size_t i = 0; i < choices_.size(); ++i) {
    const Technique& technique = *AllTechniques()[i];
    try {
      technique.Apply(choices_[i]->name, choices_[i]->options, recipe);
    } catch (const Error& error) {
      FailInCell(*suite_, cell, technique.name(), error.what());
    }
  }
  return recipe;
}

void CellMaker::Check(Cell& cell) const {
  if (selects_) CheckRequired(*suite_, cell, settings_);
  CheckModel(*suite_, cell, settings_.model);
  const Recipe recipe = CheckedRecipe(cell);
  cell.processes = recipe.parallelism.processes;
  if (recipe.replicas.count > 1) cell.cpu_only = "replicas";
  cell.graph = recipe.graph;
  cell.replicas = recipe.replicas.count;
  const bool packed = recipe.batching.pad_to == Batching::PadTo::kNone;
  const bool fused = recipe.kernels == KernelSet::kFused;
  // The CPU's own operations are of float32 and bfloat16.
  if ((packed || fused) && recipe.precision.autocast == Precision::Autocast::kFloat16) {
    cell.gpu_only = "precision";
  }
  cell.batching = recipe.batching;
  cell.recipe_key = RecipeKey(recipe, settings_.target.max_epochs, LevelsOutsideRecipe());
}

// Levels of the factors that set something beside the recipe.
std::vector<uint64_t> CellMaker::LevelsOutsideRecipe() const {
  std::vector<uint64_t> others;
  for (size_t i = 0; i < levels_.size(); ++i) {
    const Factor& factor = suite_->factors[i];
    const bool in_recipe = factor.is_technique || factor.name.starts_with("model.") ||
                           factor.name.starts_with("training.");
    if (!in_recipe) others.push_back(levels_[i]);
  }
  return others;
}

Cell CellMaker::Make(Combination levels) {
  Turn(levels);
  Cell cell;
  cell.suite = suite_;
  cell.factors.reserve(levels.size());
  for (size_t i = 0; i < levels.size(); ++i) {
    const Factor& factor = suite_->factors[i];
    const FactorLevel& level = factor.levels[levels[i]];
    if (i > 0) cell.name += ',';
    cell.name.append(factor.name).append("=").append(level.label);
    cell.factors.emplace_back(factor.name, level.label);
  }
  cell.baseline = levels == baseline_;
  cell.skip_reason = SkipReason(levels);
  cell.levels = std::move(levels);
  if (cell.skip_reason.empty()) Check(cell);
  return cell;
}

std::vector<Combination> ExpandOrFail(const Suite& suite) {
  try {
    return Expand(suite);
  } catch (const Error& error) {
    FailAt(suite, "matrix", error.what());
  }
}

}  // namespace

std::vector<Cell> MakeCells(const std::shared_ptr<const Suite>& suite) {
  std::vector<Combination> combinations = ExpandOrFail(*suite);
  std::vector<Cell> cells;
  cells.reserve(combinations.size());
  CellMaker maker(suite);
  for (Combination& combination : combinations) cells.push_back(maker.Make(std::move(combination)));
  return cells;
}

Settings Cell::settings() const {
  Settings settings = suite->base;
  for (size_t i = 0; i < levels.size(); ++i) {
    const Factor& factor = suite->factors[i];
    const nlohmann::json& value = factor.levels[levels[i]].value;
    if (factor.is_technique)
      settings.techniques[factor.name] = value;
    else
      FindField(factor.name).field->set(settings, value);
  }
  return settings;
}

}  // namespace ablate

#include "harness/plan/matrix.h"

#include <algorithm>
#include <cctype>

#include "harness/plan/nearest.h"
#include "harness/plan/settings_fields.h"
#include "harness/plan/technique_level.h"

namespace ablate {
namespace {

// A path's value as it stands in cell names.
std::string LabelOf(const nlohmann::ordered_json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

// As kLabelPattern says.
bool IsLabel(std::string_view text) {
  return !text.empty() && text.size() <= 64 &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return std::isalnum(c) ||
                  std::string_view("_.+/-").find(static_cast<char>(c)) != std::string_view::npos;
         });
}

void CheckLabel(const JsonReader& reader, const std::string& label) {
  if (IsLabel(label)) return;
  reader.Fail(Quoted(label) +
              " cannot stand in cell names: use up to 64 letters, digits and _ . + / -");
}

FactorLevel ReadTechniqueLevel(const Technique& technique, const JsonReader& reader) {
  FactorLevel level;
  level.value = ReadLevel(technique, reader, {"label"});
  level.label = level.value.at("name").get<std::string>();
  if (!reader.value().is_object()) return level;
  if (const auto label = reader.Find("label")) {
    level.label = label->Text();
    CheckLabel(*label, level.label);
  }
  return level;
}

FactorLevel ReadPathLevel(const Field& field, const JsonReader& reader) {
  Checked(reader, field.rule);
  FactorLevel level = {LabelOf(reader.value()), reader.value()};
  CheckLabel(reader, level.label);
  return level;
}

void CheckNew(const JsonReader& reader, const FactorLevel& level,
              const std::vector<FactorLevel>& before) {
  if (before.size() == kMostLevels)
    reader.Fail("more than " + std::to_string(kMostLevels) + " levels of one factor");
  for (const FactorLevel& other : before) {
    if (other.value == level.value)
      reader.Fail("the level '" + other.label + "' stands here twice");
    if (other.label != level.label) continue;
    reader.Fail("a second level '" + level.label + R"('; tell them apart by "label": "…")");
  }
}

std::vector<std::string> AllFactorNames() {
  std::vector<std::string> names = TechniqueNames();
  const std::vector<std::string> paths = FactorPaths();
  names.insert(names.end(), paths.begin(), paths.end());
  return names;
}

// Throws Error, saying why `name` is not a factor.
[[noreturn]] void FailUnknownFactor(const std::string& name, const JsonReader& reader) {
  const std::string first = name.substr(0, name.find('.'));
  for (const Section& section : SettingsSections())
    if (section.name == first && !section.not_a_factor.empty())
      reader.Fail(Quoted(name) + " cannot be a factor: " + section.not_a_factor);
  for (const char* other : {"name", "description", "device", "seeds", "design"})
    if (name == other)
      reader.Fail(Quoted(name) + " cannot be a factor: it is one for the whole suite");
  if (first != name && FindTechnique(first) != nullptr)
    reader.Fail(Quoted(name) +
                " cannot be a factor: give a technique's options at its levels, as "
                R"(in {"name": "…", "option": …, "label": "…"})");
  reader.Fail("unknown factor " + Instead(name, AllFactorNames()));
}

void CheckPathFactor(const FieldAt& at, const JsonReader& reader, const Settings& base,
                     const JsonReader& matrix) {
  if (at.field->changes_train_loss && base.target.metric == "train_loss")
    reader.Fail(
        "this setting changes train_loss itself, so cells cannot be compared by it; set "
        "target.metric to 'valid_loss'");
  const bool selected = Belongs(*at.section, *at.field, base) ||
                        matrix.Find(at.section->name + "." + at.section->selector);
  if (!selected) reader.Fail(WhereItBelongs(*at.section, *at.field));
}

Factor ReadPathFactor(const FieldAt& at, const JsonReader& reader, const Settings& base) {
  Factor factor;
  for (const JsonReader& element : reader.Elements()) {
    FactorLevel level = ReadPathLevel(*at.field, element);
    CheckNew(element, level, factor.levels);
    if (level.value == at.field->get(base)) factor.baseline = factor.levels.size();
    factor.levels.push_back(std::move(level));
  }
  return factor;
}

Factor ReadTechniqueFactor(const Technique& technique, const JsonReader& reader,
                           const Settings& base) {
  if (technique.needs_valid_loss() && base.target.metric == "train_loss")
    reader.Fail(
        "train_loss does not show what this technique does, so cells cannot be compared by it; set "
        "target.metric to 'valid_loss'");
  Factor factor;
  factor.is_technique = true;
  for (const JsonReader& element : reader.Elements()) {
    FactorLevel level = ReadTechniqueLevel(technique, element);
    CheckNew(element, level, factor.levels);
    factor.levels.push_back(std::move(level));
  }
  return factor;
}

std::vector<std::string> Labels(const Factor& factor) {
  std::vector<std::string> labels;
  for (const FactorLevel& level : factor.levels) labels.push_back(level.label);
  return labels;
}

std::vector<std::string> FactorNames(const std::vector<Factor>& factors) {
  std::vector<std::string> names;
  for (const Factor& factor : factors) names.push_back(factor.name);
  return names;
}

// The level of `factor` that `reader` names by its label, or by its value where that is no string.
size_t ReadLabel(const Factor& factor, const JsonReader& reader) {
  if (reader.value().is_structured()) reader.FailExpecting("a level of " + factor.name);
  const std::vector<std::string> labels = Labels(factor);
  const std::string label = LabelOf(reader.value());
  const auto found = std::find(labels.begin(), labels.end(), label);
  if (found == labels.end())
    reader.Fail("not among the levels of matrix." + factor.name + ": " + Instead(label, labels));
  return static_cast<size_t>(found - labels.begin());
}

// A setting's baseline is its value; a technique's is a label, or its level with all options.
size_t ReadFactorBaseline(const Factor& factor, const JsonReader& reader) {
  if (factor.is_technique && !reader.value().is_object()) return ReadLabel(factor, reader);
  const nlohmann::json value = factor.is_technique
                                   ? ReadLevel(*FindTechnique(factor.name), reader, {"label"})
                                   : Checked(reader, FindField(factor.name).field->rule);
  for (size_t i = 0; i < factor.levels.size(); ++i)
    if (factor.levels[i].value == value) return i;
  reader.Fail("not among the levels of matrix." + factor.name + ": " + Join(Labels(factor)));
}

Factor* FindFactor(std::vector<Factor>& factors, std::string_view name) {
  const auto found = std::find_if(factors.begin(), factors.end(),
                                  [&](const Factor& factor) { return factor.name == name; });
  return found == factors.end() ? nullptr : &*found;
}

Exclusion ReadExclusion(const JsonReader& reader, const std::vector<Factor>& factors) {
  reader.ExpectObject({"when", "reason"});
  Exclusion exclusion;
  const JsonReader when = reader.Need("when");
  when.ExpectObject(FactorNames(factors), "factor");
  for (const auto& [name, member] : when.Members()) {
    const Factor& factor = *std::find_if(
        factors.begin(), factors.end(), [&name = name](const Factor& f) { return f.name == name; });
    exclusion.when.emplace_back(name, factor.levels[ReadLabel(factor, member)].label);
  }
  const JsonReader reason = reader.Need("reason");
  exclusion.reason = Checked(reason, {.type = ValueRule::Type::kText}).get<std::string>();
  return exclusion;
}

bool TakesBaseline(const Exclusion& exclusion, const std::vector<Factor>& factors) {
  for (const Factor& factor : factors)
    for (const auto& [name, label] : exclusion.when)
      if (name == factor.name && label != factor.levels[factor.baseline].label) return false;
  return true;
}

}  // namespace

std::vector<Factor> ReadMatrix(const JsonReader& matrix, const Settings& base) {
  std::vector<Factor> factors;
  for (const auto& [name, reader] : matrix.Members()) {
    const Technique* technique = FindTechnique(name);
    const FieldAt at = FindField(name);
    const bool is_path = at.field != nullptr && at.section->not_a_factor.empty();
    if (technique == nullptr && !is_path) FailUnknownFactor(name, reader);
    if (is_path) CheckPathFactor(at, reader, base, matrix);
    factors.push_back(is_path ? ReadPathFactor(at, reader, base)
                              : ReadTechniqueFactor(*technique, reader, base));
    factors.back().name = name;
  }
  return factors;
}

void ReadBaseline(const std::optional<JsonReader>& baseline, std::vector<Factor>& factors,
                  Settings& base) {
  for (const Technique* technique : AllTechniques())
    base.techniques[std::string(technique->name())] = {{"name", technique->levels().front().name}};
  if (baseline) {
    std::vector<std::string> known = TechniqueNames();
    for (const Factor& factor : factors)
      if (!factor.is_technique) known.push_back(factor.name);
    baseline->ExpectObject(known, "factor");
    for (const auto& [name, value] : baseline->value().items()) {
      const JsonReader reader = *baseline->Find(name);
      if (Factor* factor = FindFactor(factors, name))
        factor->baseline = ReadFactorBaseline(*factor, reader);
      else
        base.techniques[name] = ReadLevel(*FindTechnique(name), reader);
    }
  }
  for (const Factor& factor : factors)
    if (factor.is_technique) base.techniques[factor.name] = factor.levels[factor.baseline].value;
}

std::vector<Exclusion> ReadExclusions(const JsonReader& exclude,
                                      const std::vector<Factor>& factors) {
  std::vector<Exclusion> exclusions;
  if (exclude.value().is_array() && exclude.value().empty()) return exclusions;
  for (const JsonReader& element : exclude.Elements()) {
    exclusions.push_back(ReadExclusion(element, factors));
    if (TakesBaseline(exclusions.back(), factors))
      element.Fail("this excludes the baseline, which every other cell is compared with");
  }
  return exclusions;
}

}  // namespace ablate

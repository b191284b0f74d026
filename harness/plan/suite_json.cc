#include <algorithm>

#include "harness/plan/settings_fields.h"
#include "harness/plan/suite.h"
#include "harness/plan/suite_keys.h"

namespace ablate {
namespace {

using Json = nlohmann::ordered_json;

Json SectionJson(const Section& section, const Settings& settings) {
  Json object = Json::object();
  for (const Field& field : section.fields)
    if (Belongs(section, field, settings)) object[field.name] = field.get(settings);
  return object;
}

// A name where there is nothing else to say.
Json LevelJson(const nlohmann::json& level, const std::string& label) {
  const std::string name = level.at("name").get<std::string>();
  if (level.size() == 1 && label == name) return name;
  Json object = {{"name", name}};
  for (const auto& [key, value] : level.items())
    if (key != "name") object[key] = value;
  if (label != name) object["label"] = label;
  return object;
}

Json FactorJson(const Factor& factor) {
  Json levels = Json::array();
  for (const FactorLevel& level : factor.levels)
    levels.push_back(factor.is_technique ? LevelJson(level.value, level.label) : Json(level.value));
  return levels;
}

Json BaselineJson(const Suite& suite) {
  Json baseline;
  for (const auto& [technique, level] : suite.base.techniques.items())
    baseline[technique] = LevelJson(level, level.at("name").get<std::string>());
  for (const Factor& factor : suite.factors) {
    const FactorLevel& level = factor.levels[factor.baseline];
    baseline[factor.name] = factor.is_technique ? Json(level.label) : Json(level.value);
  }
  return baseline;
}

Json ExclusionsJson(const Suite& suite) {
  Json exclude = Json::array();
  for (const Exclusion& exclusion : suite.exclusions) {
    Json when;
    for (const auto& [factor, label] : exclusion.when) when[factor] = label;
    exclude.push_back({{"when", when}, {"reason", exclusion.reason}});
  }
  return exclude;
}

}  // namespace

Json ToJson(const Suite& suite) {
  Json json = {{"schema_version", kSuiteSchemaVersion},
               {"name", suite.name},
               {"description", suite.description},
               {"device", suite.device}};
  for (const Section& section : SettingsSections()) {
    if (section.name.empty())
      json.update(SectionJson(section, suite.base));
    else
      json[section.name] = SectionJson(section, suite.base);
  }
  json["seeds"] = suite.seeds;
  json["baseline"] = BaselineJson(suite);
  Json& matrix = json["matrix"];
  for (const Factor& factor : suite.factors) matrix[factor.name] = FactorJson(factor);
  json["design"] = Name(suite.design);
  json["exclude"] = ExclusionsJson(suite);
  json["equivalence_margin"] = suite.equivalence_margin;
  return json;
}

bool IsSuiteName(const std::string& name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= 64 && name.front() != '-' && name != "reference" &&
         std::all_of(name.begin(), name.end(), allowed);
}

std::vector<std::string> SuiteKeys() {
  std::vector<std::string> keys = {"$schema", "schema_version", "name", "description", "device"};
  for (const Section& section : SettingsSections()) {
    if (!section.name.empty()) {
      keys.push_back(section.name);
      continue;
    }
    for (const std::string& name : section.FieldNames()) keys.push_back(name);
  }
  for (const char* key : {"seeds", "baseline", "matrix", "design", "exclude", "equivalence_margin"})
    keys.push_back(key);
  return keys;
}

std::vector<std::string> DesignNames() {
  std::vector<std::string> names;
  for (const Design design : kDesigns) names.emplace_back(Name(design));
  return names;
}

std::vector<std::string> DeviceNames() { return {"auto", "cpu", "cuda"}; }

ValueRule SeedRule() {
  return {.type = ValueRule::Type::kInteger, .minimum = 0, .maximum = kLargestInteger};
}

ValueRule EquivalenceMarginRule() {
  return {.minimum = 0, .maximum = 1, .minimum_exclusive = true, .maximum_exclusive = true};
}

}  // namespace ablate

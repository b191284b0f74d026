#include "harness/plan/schema.h"

#include <string>
#include <vector>

#include "harness/plan/matrix.h"
#include "harness/plan/settings_fields.h"
#include "harness/plan/suite_keys.h"
#include "harness/plan/technique_level.h"
#include "harness/plan/value_rule.h"

namespace ablate {
namespace {

using Json = nlohmann::ordered_json;
using Type = ValueRule::Type;

Json Described(std::string help, Json schema) {
  Json described = {{"description", std::move(help)}};
  described.update(schema);
  return described;
}

Json StrictObject(Json properties, const std::vector<std::string>& required = {}) {
  Json schema = {
      {"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties)}};
  if (!required.empty()) schema["required"] = required;
  return schema;
}

Json Label() {
  return {{"description", "stands for the level in names of cells"},
          {"type", "string"},
          {"pattern", kLabelPattern}};
}

Json FieldSchema(const Section& section, const Field& field) {
  static const Settings defaults;
  Json schema = Described(field.help, SchemaOf(field.rule));
  if (!field.only_for.empty()) {
    const std::string where = field.only_for + ": " + field.help;
    schema["description"] = where;
  }
  if (!field.required && field.name != section.selector) schema["default"] = field.get(defaults);
  return schema;
}

// Holds where the section's selector is `value`, its default included.
Json Selects(const Section& section, const Field& selector, const std::string& value) {
  Json condition = {{"properties", {{selector.name, {{"const", value}}}}}};
  if (selector.get(Settings()) != value) condition["required"] = {section.selector};
  return condition;
}

// A field that belongs to one value of the selector: absent elsewhere, and there perhaps required.
Json OnlyWhereItBelongs(const Section& section, const Field& field) {
  const Field& selector = section.fields.front();
  Json rule = {{"if", Selects(section, selector, field.only_for)}};
  if (field.required) rule["then"] = {{"required", {field.name}}};
  rule["else"] = {{"properties", {{field.name, false}}}};
  return rule;
}

Json SectionSchema(const Section& section) {
  Json properties = Json::object();
  std::vector<std::string> required;
  Json rules = Json::array();
  for (const Field& field : section.fields) {
    properties[field.name] = FieldSchema(section, field);
    if (!field.only_for.empty())
      rules.push_back(OnlyWhereItBelongs(section, field));
    else if (field.required)
      required.push_back(field.name);
  }
  Json schema = Described(section.help, StrictObject(std::move(properties), required));
  if (!rules.empty()) schema["allOf"] = std::move(rules);
  return schema;
}

Json LevelObject(const Level& level) {
  Json properties = {{"name", {{"const", level.name}}}, {"label", Label()}};
  for (const Option& option : level.options)
    properties[option.name] = Described(option.help, SchemaOf(RuleOf(option)));
  return Described(level.help, StrictObject(std::move(properties), {"name"}));
}

Json TechniqueLevels(const Technique& technique) {
  Json forms = {{{"enum", LevelNames(technique)}}};
  for (const Level& level : technique.levels()) forms.push_back(LevelObject(level));
  return {{"anyOf", std::move(forms)}};
}

Json Definitions() {
  Json definitions = Json::object();
  for (const Technique* technique : AllTechniques())
    definitions[std::string(technique->name())] = TechniqueLevels(*technique);
  return definitions;
}

Json LevelOf(const Technique& technique) {
  return {{"$ref", "#/definitions/" + std::string(technique.name())}};
}

Json LevelsOf(Json level) {
  return {{"type", "array"},
          {"minItems", 1},
          {"maxItems", kMostLevels},
          {"uniqueItems", true},
          {"items", std::move(level)}};
}

Json MatrixSchema() {
  Json properties = Json::object();
  for (const Technique* technique : AllTechniques())
    properties[std::string(technique->name())] = LevelsOf(LevelOf(*technique));
  for (const std::string& path : FactorPaths()) {
    const Field& field = *FindField(path).field;
    properties[path] = Described(field.help, LevelsOf(SchemaOf(field.rule)));
  }
  Json schema = Described("factors and their levels", StrictObject(std::move(properties)));
  schema["minProperties"] = 1;
  return schema;
}

Json BaselineSchema() {
  Json properties = Json::object();
  for (const Technique* technique : AllTechniques())
    properties[std::string(technique->name())] = {{"anyOf", {LevelOf(*technique), Label()}}};
  for (const std::string& path : FactorPaths())
    properties[path] = SchemaOf(FindField(path).field->rule);
  return Described(
      "the level of each factor that others are compared with; of a technique that "
      "is no factor, the level of all cells",
      StrictObject(std::move(properties)));
}

Json ExcludeSchema() {
  Json labels = Json::object();
  for (const std::string& technique : TechniqueNames()) labels[technique] = Label();
  for (const std::string& path : FactorPaths())
    labels[path] = {{"type", {"string", "number", "boolean", "null"}}};
  Json when = Described("factors and their levels, all of which must hold", StrictObject(labels));
  when["minProperties"] = 1;
  Json reason = SchemaOf({.type = Type::kText});
  return {{"description", "cells that are not run, and why"},
          {"type", "array"},
          {"items", StrictObject({{"when", when}, {"reason", reason}}, {"when", "reason"})}};
}

Json SeedsSchema() {
  return {{"description", "one run of every cell for each"},
          {"type", "array"},
          {"minItems", 1},
          {"uniqueItems", true},
          {"items", SchemaOf(SeedRule())}};
}

Json EquivalenceMarginSchema() {
  Json schema = Described(
      "share by which a technique that must not change what is learned may move the examples to "
      "the target",
      SchemaOf(EquivalenceMarginRule()));
  schema["default"] = Suite().equivalence_margin;
  return schema;
}

// Factors that change the train loss, or do not show in it, need another measure.
Json TrainLossRule() {
  Json any = Json::array();
  for (const Technique* technique : AllTechniques())
    if (technique->needs_valid_loss()) any.push_back({{"required", {technique->name()}}});
  for (const std::string& path : FactorPaths())
    if (FindField(path).field->changes_train_loss) any.push_back({{"required", {path}}});
  const Json valid_loss = {{"properties", {{"metric", {{"const", "valid_loss"}}}}},
                           {"required", {"metric"}}};
  return {{"if", {{"properties", {{"matrix", {{"type", "object"}, {"anyOf", any}}}}}}},
          {"then", {{"properties", {{"target", valid_loss}}}, {"required", {"target"}}}}};
}

Json RootProperties() {
  Json properties = {{"$schema", {{"type", "string"}}},
                     {"schema_version", {{"const", kSuiteSchemaVersion}}},
                     {"name",
                      {{"description", "names folders in results and reports"},
                       {"type", "string"},
                       {"pattern", kSuiteNamePattern}}},
                     {"description", {{"type", "string"}}},
                     {"device", {{"enum", DeviceNames()}, {"default", "auto"}}}};
  for (const Section& section : SettingsSections()) {
    if (!section.name.empty()) {
      properties[section.name] = SectionSchema(section);
      continue;
    }
    for (const Field& field : section.fields) properties[field.name] = FieldSchema(section, field);
  }
  properties["seeds"] = SeedsSchema();
  properties["baseline"] = BaselineSchema();
  properties["matrix"] = MatrixSchema();
  properties["design"] = {{"description", "which combinations of levels are cells"},
                          {"enum", DesignNames()},
                          {"default", "factorial"}};
  properties["exclude"] = ExcludeSchema();
  properties["equivalence_margin"] = EquivalenceMarginSchema();
  return properties;
}

}  // namespace

Json SuiteSchema() {
  Json schema = {{"$schema", "http://json-schema.org/draft-07/schema#"},
                 {"title", "A suite of ablate"}};
  schema.update(
      StrictObject(RootProperties(), {"schema_version", "name", "corpus", "seeds", "matrix"}));
  schema["allOf"] = Json::array({TrainLossRule()});
  schema["definitions"] = Definitions();
  return schema;
}

}  // namespace ablate

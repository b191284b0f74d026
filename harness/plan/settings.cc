#include "harness/plan/settings.h"

#include "harness/plan/json_reader.h"
#include "harness/plan/settings_fields.h"
#include "harness/plan/technique_level.h"
#include "model/error.h"

namespace ablate {
namespace {

std::vector<std::string> Keys() {
  std::vector<std::string> keys = {"techniques"};
  for (const Section& section : SettingsSections()) {
    if (!section.name.empty())
      keys.push_back(section.name);
    else
      for (const std::string& name : section.FieldNames()) keys.push_back(name);
  }
  return keys;
}

nlohmann::json ReadTechniques(const JsonReader& root) {
  const auto techniques = root.Find("techniques");
  if (techniques) techniques->ExpectObject(TechniqueNames(), "technique");
  nlohmann::json levels;
  for (const Technique* technique : AllTechniques()) {
    const std::string name(technique->name());
    const auto level = techniques ? techniques->Find(name) : std::nullopt;
    levels[name] = level ? ReadLevel(*technique, *level)
                         : nlohmann::json{{"name", technique->levels().front().name}};
  }
  return levels;
}

}  // namespace

nlohmann::json ToJson(const Settings& settings) {
  nlohmann::json json = {{"techniques", settings.techniques}};
  for (const Section& section : SettingsSections()) {
    nlohmann::json& object = section.name.empty() ? json : json[section.name];
    for (const Field& field : section.fields)
      if (Belongs(section, field, settings)) object[field.name] = field.get(settings);
  }
  return json;
}

Settings SettingsFromJson(const nlohmann::json& json) {
  const JsonSource source = JsonSource::FromTree(json, "settings");
  const JsonReader root(source);
  root.ExpectObject(Keys());
  Settings settings;
  for (const Section& section : SettingsSections()) {
    if (section.name.empty())
      ReadSection(section, root, settings);
    else
      ReadSection(section, root.Need(section.name), settings);
  }
  settings.techniques = ReadTechniques(root);
  return settings;
}

Recipe MakeRecipe(const Settings& settings) {
  Check(settings.model);
  Recipe recipe = RecipeBeforeTechniques(settings);
  for (const Technique* technique : AllTechniques()) {
    try {
      ApplyLevel(*technique, settings, recipe);
    } catch (const Error& error) {
      throw Error(std::string(technique->name()) + ": " + error.what());
    }
  }
  return recipe;
}

}  // namespace ablate

#include "harness/plan/technique_level.h"

#include "harness/plan/nearest.h"
#include "harness/plan/value_rule.h"

namespace ablate {
namespace {

const Level& LevelNamed(const Technique& technique, const JsonReader& name) {
  const Level* level = FindLevel(technique, name.Text());
  if (level == nullptr) {
    name.Fail("unknown level of " + std::string(technique.name()) + " " +
              Instead(name.Text(), LevelNames(technique)));
  }
  return *level;
}

std::vector<std::string> KeysOf(const Level& level, const std::vector<std::string>& also) {
  std::vector<std::string> keys = {"name"};
  for (const Option& option : level.options) keys.push_back(option.name);
  keys.insert(keys.end(), also.begin(), also.end());
  return keys;
}

}  // namespace

std::vector<std::string> TechniqueNames() {
  std::vector<std::string> names;
  for (const Technique* technique : AllTechniques()) names.emplace_back(technique->name());
  return names;
}

std::vector<std::string> LevelNames(const Technique& technique) {
  std::vector<std::string> names;
  for (const Level& level : technique.levels()) names.push_back(level.name);
  return names;
}

nlohmann::json ReadLevel(const Technique& technique, const JsonReader& reader,
                         const std::vector<std::string>& also) {
  if (reader.value().is_string()) return {{"name", LevelNamed(technique, reader).name}};
  if (!reader.value().is_object())
    reader.FailExpecting("a level of " + std::string(technique.name()) + " (" +
                         Join(LevelNames(technique)) + "), or an object with its name and options");
  const Level& level = LevelNamed(technique, reader.Need("name"));
  reader.ExpectObject(KeysOf(level, also), "option of " + level.name);
  nlohmann::json value = {{"name", level.name}};
  for (const Option& option : level.options)
    if (const auto given = reader.Find(option.name))
      value[option.name] = Checked(*given, RuleOf(option));
  return value;
}

LevelChoice ChoiceOf(const nlohmann::json& level) {
  LevelChoice choice = {level.at("name").get<std::string>(), level};
  choice.options.erase("name");
  return choice;
}

void ApplyLevel(const Technique& technique, const Settings& settings, Recipe& recipe) {
  const LevelChoice choice = ChoiceOf(settings.techniques.at(std::string(technique.name())));
  technique.Apply(choice.name, choice.options, recipe);
}

Recipe RecipeBeforeTechniques(const Settings& settings) {
  const TrainingSettings& training = settings.training;
  Recipe recipe;
  recipe.model = settings.model;
  recipe.batching.batch_size = training.batch_size;
  recipe.label_smoothing = training.label_smoothing;
  recipe.optimizer = {.rule = Adam{},
                      .learning_rate = training.learning_rate,
                      .weight_decay = training.weight_decay,
                      .gradient_clip = training.gradient_clip};
  return recipe;
}

}  // namespace ablate

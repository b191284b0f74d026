// A level of a technique as JSON: "amp", or {"name": "amp", "dtype": "bf16"}.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "harness/plan/json_reader.h"
#include "harness/plan/settings.h"
#include "techniques/technique.h"

namespace ablate {

std::vector<std::string> TechniqueNames();
std::vector<std::string> LevelNames(const Technique& technique);

// {"name": …, option: value…}, the options checked by type and range; a string is a level without
// options. Keys in `also` may stand beside them and are left out of the value. Throws Error.
nlohmann::json ReadLevel(const Technique& technique, const JsonReader& reader,
                         const std::vector<std::string>& also = {});

// A level taken apart as Technique::Apply takes it.
struct LevelChoice {
  std::string name;
  nlohmann::json options;
};
LevelChoice ChoiceOf(const nlohmann::json& level);

// Edits `recipe` by the technique's level in `settings`. Throws Error, without position, where the
// level contradicts itself or the model.
void ApplyLevel(const Technique& technique, const Settings& settings, Recipe& recipe);

// The recipe of the settings before any technique edits it.
Recipe RecipeBeforeTechniques(const Settings& settings);

}  // namespace ablate

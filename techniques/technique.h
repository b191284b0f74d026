// What a technique is to the planner: a name, levels with options, and the edit that each level
// makes to the recipe.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "techniques/recipe.h"

namespace ablate {

// One option of a level, for checks, documentation and the JSON Schema.
struct Option {
  static constexpr double kUnlimited = -1;  // as a maximum: none

  // A number above 0.
  static Option Positive(std::string name, std::string help);
  // A number from 0 to 1.
  static Option Fraction(std::string name, std::string help);
  // The same without 0.
  static Option FractionAboveZero(std::string name, std::string help);

  enum class Type { kNumber, kInteger, kBoolean, kChoice };
  std::string name;
  Type type;
  std::string help;    // a phrase: meaning, unit, default
  double minimum = 0;  // kNumber, kInteger; inclusive unless minimum_exclusive
  double maximum = 0;  // inclusive; maximum < minimum means no upper limit
  bool minimum_exclusive = false;
  std::vector<std::string> choices = {};  // kChoice
};

struct Level {
  std::string name;
  std::string help;
  std::vector<Option> options;
};

// A technique edits a recipe. Implementations are stateless and live as long as the program.
class Technique {
 public:
  virtual ~Technique() = default;

  virtual std::string_view name() const = 0;
  virtual std::span<const Level> levels() const = 0;  // the first is the baseline level

  // True where the training loss cannot show what the technique does, or is itself changed by it:
  // as a factor it needs a target in validation loss.
  virtual bool needs_valid_loss() const { return false; }

  // Edits `recipe` for the level called `level` with `options` (an object that holds only options
  // of that level, each of its type and range). Throws Error, saying what to mend, where options
  // contradict each other or the model; the caller adds where in the suite.
  virtual void Apply(std::string_view level, const nlohmann::json& options,
                     Recipe& recipe) const = 0;
};

// All techniques, in the order in which they edit a recipe. The one list: add a line to add a
// technique.
std::span<const Technique* const> AllTechniques();

// nullptr where there is none of that name.
const Technique* FindTechnique(std::string_view name);
const Level* FindLevel(const Technique& technique, std::string_view level);

}  // namespace ablate

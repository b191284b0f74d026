#include "techniques/ema.h"

#include <nlohmann/json.hpp>

#include "model/error.h"

namespace ablate {
namespace {

constexpr double kDecay = 0.999;

class Ema final : public Technique {
 public:
  std::string_view name() const override { return "ema"; }

  std::span<const Level> levels() const override {
    static const std::vector<Level> levels = {
        {"off", "the parameters themselves are evaluated", {}},
        {"on",
         "an exponential moving average of the parameters is evaluated",
         {{.name = "decay",
           .type = Option::Type::kNumber,
           .help = "of the average an update, below 1; default 0.999",
           .minimum = 0,
           .maximum = 1,
           .minimum_exclusive = true},
          {.name = "warmup",
           .type = Option::Type::kBoolean,
           .help = "the decay is at most (1 + updates) / (10 + updates); default true"}}},
    };
    return levels;
  }

  bool needs_valid_loss() const override { return true; }

  void Apply(std::string_view level, const nlohmann::json& options, Recipe& recipe) const override {
    recipe.averaging = {};
    if (level == "off") return;
    recipe.averaging.decay = options.value("decay", kDecay);
    recipe.averaging.warmup = options.value("warmup", recipe.averaging.warmup);
    if (recipe.averaging.decay >= 1) {
      throw Error("with a decay of 1 the average never moves; give decay below 1");
    }
  }
};

}  // namespace

const Technique& EmaTechnique() {
  static const Ema technique;
  return technique;
}

}  // namespace ablate

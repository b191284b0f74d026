#include "techniques/sharing.h"

#include <nlohmann/json.hpp>

#include "model/error.h"

namespace ablate {
namespace {

int64_t SetOfDepth(std::string_view level, int64_t depth, int64_t layers, int64_t unique) {
  if (level == "universal") return 0;
  if (level == "sequence") return depth * unique / layers;
  if (level == "cycle") return depth % unique;
  if (level == "cycle_rev") return depth < layers - unique ? depth % unique : layers - 1 - depth;
  return depth;
}

class Sharing final : public Technique {
 public:
  std::string_view name() const override { return "sharing"; }

  std::span<const Level> levels() const override {
    static const Option unique = {.name = "unique",
                                  .type = Option::Type::kInteger,
                                  .help = "parameter sets; default: half of the layers, rounded up",
                                  .minimum = 1,
                                  .maximum = 1024};
    static const std::vector<Level> levels = {
        {"none", "every layer has its own parameters", {}},
        {"universal", "one layer, run at every depth", {}},
        {"cycle", "depth i uses layer i mod unique", {unique}},
        {"sequence", "neighbouring depths share a layer", {unique}},
        {"cycle_rev", "cycle, with the last round reversed", {unique}},
    };
    return levels;
  }

  void Apply(std::string_view level, const nlohmann::json& options, Recipe& recipe) const override {
    const int64_t layers = recipe.model.layers;
    const int64_t unique = options.value("unique", (layers + 1) / 2);
    if (unique > layers) {
      throw Error("unique is " + std::to_string(unique) + ", but the model has " +
                  std::to_string(layers) + " layers; give at most as many");
    }
    recipe.sharing.layer_of_depth = LayerOfDepth(level, layers, unique);
  }
};

}  // namespace

const Technique& SharingTechnique() {
  static const Sharing technique;
  return technique;
}

std::vector<int64_t> LayerOfDepth(std::string_view level, int64_t layers, int64_t unique) {
  std::vector<int64_t> sets;
  for (int64_t depth = 0; depth < layers; ++depth)
    sets.push_back(SetOfDepth(level, depth, layers, unique));
  return sets;
}

}  // namespace ablate

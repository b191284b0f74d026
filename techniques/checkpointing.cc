#include "techniques/checkpointing.h"

#include <nlohmann/json.hpp>

#include "model/error.h"

namespace ablate {
namespace {

class CheckpointingOf final : public Technique {
 public:
  std::string_view name() const override { return "checkpointing"; }

  std::span<const Level> levels() const override {
    static const Option every = {
        .name = "every",
        .type = Option::Type::kInteger,
        .help = "of so many layers of each stack the first is recomputed; default 1",
        .minimum = 1,
        .maximum = 1024};
    static const std::vector<Level> levels = {
        {"none", "every layer keeps its activations", {}},
        {"layers", "layers keep their inputs alone, and run again in the backward pass", {every}},
    };
    return levels;
  }

  void Apply(std::string_view level, const nlohmann::json& options, Recipe& recipe) const override {
    if (level == "none") return;
    const int64_t every = options.value("every", int64_t{1});
    if (every > recipe.model.layers) {
      throw Error("every is " + std::to_string(every) + ", but the model has " +
                  std::to_string(recipe.model.layers) + " layers; give at most as many");
    }
    recipe.checkpointing.every = every;
  }
};

}  // namespace

const Technique& CheckpointingTechnique() {
  static const CheckpointingOf technique;
  return technique;
}

// The first of each group, not the last: the backward pass starts at the last layer, where all
// that is kept is still alive, and recomputing there would add to it.
bool IsRecomputed(const Checkpointing& checkpointing, int64_t depth) {
  return checkpointing.every > 0 && depth % checkpointing.every == 0;
}

}  // namespace ablate

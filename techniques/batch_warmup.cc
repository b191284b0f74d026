#include "techniques/batch_warmup.h"

#include <nlohmann/json.hpp>

namespace ablate {
namespace {

constexpr double kInitialFraction = 0.25;
constexpr double kGrowthEpochs = 1;

class BatchWarmup final : public Technique {
 public:
  std::string_view name() const override { return "batch_warmup"; }

  std::span<const Level> levels() const override {
    static const std::vector<Level> levels = {
        {"off", "whole batches from the first update on", {}},
        {"linear",
         "batches grow in proportion to the examples trained on",
         {{.name = "initial_fraction",
           .type = Option::Type::kNumber,
           .help = "of a batch, that the first update has; default 0.25",
           .minimum = 0,
           .maximum = 1,
           .minimum_exclusive = true},
          {.name = "growth_epochs",
           .type = Option::Type::kNumber,
           .help = "after which batches are whole; default 1",
           .minimum = 0,
           .maximum = 1e4,
           .minimum_exclusive = true}}},
    };
    return levels;
  }

  void Apply(std::string_view level, const nlohmann::json& options, Recipe& recipe) const override {
    Batching& batching = recipe.batching;
    const bool grows = level == "linear";
    batching.initial_fraction = grows ? options.value("initial_fraction", kInitialFraction) : 1;
    batching.growth_epochs = grows ? options.value("growth_epochs", kGrowthEpochs) : 0;
  }
};

}  // namespace

const Technique& BatchWarmupTechnique() {
  static const BatchWarmup technique;
  return technique;
}

}  // namespace ablate

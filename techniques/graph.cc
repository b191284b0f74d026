#include "techniques/graph.h"

#include <nlohmann/json.hpp>
#include <string>

#include "model/error.h"

namespace ablate {
namespace {

// Throws unless `holds`.
void Require(bool holds, const std::string& why, const std::string& take) {
  if (!holds) throw Error("a captured graph " + why + "; take " + take + ", or \"graph\": \"off\"");
}

bool HasFixedShape(const Batching& batching) {
  if (batching.pad_to == Batching::PadTo::kNone) return batching.max_tokens > 0;
  return batching.pad_to != Batching::PadTo::kBatchLongest;
}

bool TakesRateFromDevice(const Optimizer& optimizer) {
  return std::holds_alternative<Adam>(optimizer.rule) ||
         std::holds_alternative<Sgd>(optimizer.rule);
}

bool CyclesMomentum(const Schedule& schedule) {
  const auto* cycle = std::get_if<OneCycleSchedule>(&schedule);
  return cycle != nullptr && cycle->cycle_momentum;
}

void CheckCapturable(const Recipe& recipe) {
  Require(HasFixedShape(recipe.batching), "has one shape for all updates",
          R"("padding": "packed" with "batching": "tokens", or "padding": "static")");
  Require(recipe.micro_batches == 1, "holds one forward and one backward pass",
          R"("accumulation": "none")");
  // Collectives of several processes, and what they agree on by way of the host.
  Require(recipe.parallelism.kind == Parallelism::Kind::kNone, "is one process's",
          R"("parallelism": "none")");
  Require(recipe.loading.workers == 0, "gathers batches on the device, where nobody collates them",
          R"("loading": "resident")");
  // The recomputed layers put states of generators back, which the host does.
  Require(recipe.checkpointing.every == 0,
          "can't turn random generators back for a recomputed layer", R"("checkpointing": "none")");
  Require(TakesRateFromDevice(recipe.optimizer),
          "reads the learning rate on the device, as kernels of adam, adamw and sgd do",
          R"("optimizer": "adamw")");
  Require(!CyclesMomentum(recipe.schedule), "keeps the momentum that it was captured with",
          R"({"name": "onecycle", "cycle_momentum": false})");
}

class GraphFactor final : public Technique {
 public:
  std::string_view name() const override { return "graph"; }

  std::span<const Level> levels() const override {
    static const std::vector<Level> levels = {
        {"off", "the host launches each operation", {}},
        {"on", "an update is captured once and replayed; CUDA", {}},
    };
    return levels;
  }

  void Apply(std::string_view level, const nlohmann::json& /*options*/,
             Recipe& recipe) const override {
    recipe.graph = level == "on";
    if (!recipe.graph) return;
    CheckCapturable(recipe);
    recipe.loading.resident = true;
  }
};

}  // namespace

const Technique& GraphTechnique() {
  static const GraphFactor technique;
  return technique;
}

}  // namespace ablate

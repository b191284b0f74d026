#include "techniques/accumulation.h"

#include <nlohmann/json.hpp>
#include <string>

#include "model/error.h"

namespace ablate {
namespace {

// By how many the sentences of an update are divided besides.
int64_t OtherParts(const Parallelism& parallelism) {
  switch (parallelism.kind) {
    case Parallelism::Kind::kNone:
      break;
    case Parallelism::Kind::kData:
      return parallelism.processes;
    case Parallelism::Kind::kModel:
      return parallelism.micro_batches;
  }
  return 1;
}

std::string Parts(int64_t count, const Parallelism& parallelism) {
  const std::string micro_batches = std::to_string(count) + " micro_batches";
  switch (parallelism.kind) {
    case Parallelism::Kind::kNone:
      break;
    case Parallelism::Kind::kData:
      return micro_batches + " in each of " + std::to_string(parallelism.processes) + " processes";
    case Parallelism::Kind::kModel:
      return micro_batches + ", each pipelined in " + std::to_string(parallelism.micro_batches);
  }
  return micro_batches;
}

void CheckDivides(int64_t count, const Recipe& recipe) {
  if (recipe.batching.max_tokens > 0) return;  // the number of sentences varies
  const int64_t batch_size = recipe.batching.batch_size;
  if (batch_size % (count * OtherParts(recipe.parallelism)) == 0) return;
  throw Error("a batch of " + std::to_string(batch_size) + " sentences does not divide into " +
              Parts(count, recipe.parallelism) +
              "; choose a count that divides it, or change training.batch_size");
}

class Accumulation final : public Technique {
 public:
  std::string_view name() const override { return "accumulation"; }

  std::span<const Level> levels() const override {
    static const std::vector<Level> levels = {
        {"none", "the whole batch at once", {}},
        {"micro_batches",
         "gradients summed over parts of the batch",
         {{.name = "count",
           .type = Option::Type::kInteger,
           .help = "parts of a batch, one after the other; divides batch_size; default 2",
           .minimum = 2,
           .maximum = 65536}}},
    };
    return levels;
  }

  void Apply(std::string_view level, const nlohmann::json& options, Recipe& recipe) const override {
    recipe.micro_batches = 1;
    if (level == "none") return;
    recipe.micro_batches = options.value("count", int64_t{2});
    CheckDivides(recipe.micro_batches, recipe);
  }
};

}  // namespace

const Technique& AccumulationTechnique() {
  static const Accumulation technique;
  return technique;
}

}  // namespace ablate

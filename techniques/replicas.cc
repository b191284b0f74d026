#include "techniques/replicas.h"

#include <nlohmann/json.hpp>
#include <string>

#include "model/error.h"

namespace ablate {
namespace {

void CheckSentences(int64_t count, const Recipe& recipe) {
  const Batching& batching = recipe.batching;
  if (batching.max_tokens > 0) return;  // the number of sentences varies
  const int64_t sentences = batching.batch_size / recipe.micro_batches;
  if (sentences >= count) return;
  throw Error("count: " + std::to_string(count) + " replicas share " + std::to_string(sentences) +
              " sentences, and some would have none; take fewer, or a larger training.batch_size");
}

class ReplicasFactor final : public Technique {
 public:
  std::string_view name() const override { return "replicas"; }

  std::span<const Level> levels() const override {
    static const std::vector<Level> levels = {
        {"none", "one copy of the model, whose operations use all threads", {}},
        {"threads",
         "copies of one thread each, with a share of each batch; CPU",
         {{.name = "count",
           .type = Option::Type::kInteger,
           .help = "copies, of one thread each; default 2",
           .minimum = 2,
           .maximum = 1024}}},
    };
    return levels;
  }

  void Apply(std::string_view level, const nlohmann::json& options, Recipe& recipe) const override {
    recipe.replicas.count = 1;
    if (level == "none") return;
    if (recipe.parallelism.kind != Parallelism::Kind::kNone) {
      throw Error(
          "replicas are threads of one process; with several processes there are none: take "
          "\"parallelism\": \"none\", or \"replicas\": \"none\"");
    }
    recipe.replicas.count = options.value("count", int64_t{2});
    CheckSentences(recipe.replicas.count, recipe);
  }
};

}  // namespace

const Technique& ReplicasTechnique() {
  static const ReplicasFactor technique;
  return technique;
}

}  // namespace ablate

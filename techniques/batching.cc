#include "techniques/batching.h"

#include <nlohmann/json.hpp>
#include <string>

#include "model/error.h"

namespace ablate {
namespace {

constexpr int64_t kMaxTokens = 4096;

void CheckHoldsOneSentence(const Batching& batching) {
  if (batching.pad_to != Batching::PadTo::kLength || batching.length <= batching.max_tokens) return;
  throw Error("max_tokens is " + std::to_string(batching.max_tokens) +
              ", but padding makes every sentence " + std::to_string(batching.length) +
              " tokens long; raise max_tokens, or lower padding's length");
}

class BatchingOf final : public Technique {
 public:
  std::string_view name() const override { return "batching"; }

  std::span<const Level> levels() const override {
    static const std::vector<Level> levels = {
        {"sentences", "training.batch_size sentences a batch", {}},
        {"tokens",
         "as many sentences a batch as a budget of padded tokens holds",
         {{.name = "max_tokens",
           .type = Option::Type::kInteger,
           .help = "sentences times the padded length of their longer side; default 4096",
           .minimum = 3,
           .maximum = 1e9}}},
    };
    return levels;
  }

  void Apply(std::string_view level, const nlohmann::json& options, Recipe& recipe) const override {
    recipe.batching.max_tokens = 0;
    if (level == "sentences") return;
    recipe.batching.max_tokens = options.value("max_tokens", kMaxTokens);
    CheckHoldsOneSentence(recipe.batching);
  }
};

}  // namespace

const Technique& BatchingTechnique() {
  static const BatchingOf technique;
  return technique;
}

}  // namespace ablate

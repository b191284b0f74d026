#include "techniques/padding.h"

#include <nlohmann/json.hpp>

namespace ablate {
namespace {

class Padding final : public Technique {
 public:
  std::string_view name() const override { return "padding"; }

  std::span<const Level> levels() const override {
    static const std::vector<Level> levels = {
        {"static",
         "every batch to one length",
         {{.name = "length",
           .type = Option::Type::kInteger,
           .help = "tokens a sentence, specials included; default: the longest of the corpus",
           .minimum = 3,
           .maximum = 65536}}},
        {"dynamic", "every batch to its longest sentence", {}},
        {"bucketed",
         "dynamic, over batches of sentences of similar length",
         {{.name = "pool_batches",
           .type = Option::Type::kInteger,
           .help = "batches cut from one pool that is sorted by length; default 50",
           .minimum = 1,
           .maximum = 1e6}}},
        {"packed", "none: a batch's sentences lie one after the other", {}},
    };
    return levels;
  }

  void Apply(std::string_view level, const nlohmann::json& options, Recipe& recipe) const override {
    Batching& batching = recipe.batching;
    if (level == "static") {
      batching.length = options.value("length", int64_t{0});
      batching.pad_to =
          batching.length > 0 ? Batching::PadTo::kLength : Batching::PadTo::kCorpusLongest;
      return;
    }
    batching.pad_to =
        level == "packed" ? Batching::PadTo::kNone : Batching::PadTo::kBatchLongest;
    if (level == "bucketed") {
      batching.order = Batching::Order::kLengthPools;
      batching.pool_batches = options.value("pool_batches", batching.pool_batches);
    }
  }
};

}  // namespace

const Technique& PaddingTechnique() {
  static const Padding technique;
  return technique;
}

}  // namespace ablate

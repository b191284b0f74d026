#include <benchmark/benchmark.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "harness/bench/families.h"
#include "harness/bench/synthetic.h"
#include "harness/train/batch_stream.h"
#include "techniques/technique.h"

namespace ablate {
namespace {

void CollateEpochs(benchmark::State& state, const EncodedSplit& split, const BatchRule& rule) {
  CollatedBatch collated;
  int64_t epoch = 0;
  double real = 0;
  double padded = 0;
  for ([[maybe_unused]] auto _ : state) {
    for (const Batch& batch : EpochBatches(split, rule, /*order_seed=*/1, epoch++)) {
      Collate(split, batch, collated);
      real += static_cast<double>(collated.source_tokens + collated.target_tokens);
      padded +=
          static_cast<double>(collated.rows * (collated.source_length + collated.target_length));
    }
  }
  state.counters["tokens_per_s"] = benchmark::Counter(real, benchmark::Counter::kIsRate);
  state.counters["padding_efficiency"] = real / padded;
}

}  // namespace

void RegisterCollation() {
  const auto corpus = std::make_shared<SyntheticSplit>(kBenchSentences);
  const Technique& padding = *FindTechnique("padding");
  for (const Level& level : padding.levels()) {
    Recipe recipe = BenchRecipe();
    padding.Apply(level.name, nlohmann::json::object(), recipe);
    const BatchRule rule = RuleFor(recipe.batching, corpus->split(), recipe.model.max_length);
    benchmark::RegisterBenchmark(
        ("Collation/padding:" + level.name).c_str(),
        [corpus, rule](benchmark::State& state) { CollateEpochs(state, corpus->split(), rule); })
        ->Unit(benchmark::kMicrosecond);
  }
}

}  // namespace ablate

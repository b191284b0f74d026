#include <benchmark/benchmark.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "harness/bench/families.h"
#include "harness/bench/synthetic.h"
#include "harness/train/batch_feed.h"
#include "harness/train/device.h"
#include "techniques/technique.h"

namespace ablate {
namespace {

// Nothing is computed between updates, so that threads are never ahead: what is measured is how
// many batches a level can give.
void Feed(benchmark::State& state, const EncodedSplit& split, const Recipe& recipe,
          at::Device device) {
  BatchStream stream(split, RuleFor(recipe.batching, split, recipe.model.max_length), /*seed=*/1);
  const auto feed = MakeBatchFeed(recipe.loading, Division{}, split, stream, device);
  double real = 0;
  for ([[maybe_unused]] auto _ : state) {
    const UpdateShare& share = feed->Next();
    benchmark::DoNotOptimize(feed->ToDevice(0));
    real += static_cast<double>(share.source_tokens + share.target_tokens);
    Synchronise(device);
  }
  state.counters["tokens_per_s"] = benchmark::Counter(real, benchmark::Counter::kIsRate);
}

}  // namespace

void RegisterLoading(at::Device device) {
  const auto corpus = std::make_shared<SyntheticSplit>(kBenchSentences);
  const Technique& loading = *FindTechnique("loading");
  for (const Level& level : loading.levels()) {
    Recipe recipe = BenchRecipe();
    loading.Apply(level.name, nlohmann::json::object(), recipe);
    benchmark::RegisterBenchmark(("Loading/loading:" + level.name).c_str(),
                                 [corpus, recipe, device](benchmark::State& state) {
                                   Feed(state, corpus->split(), recipe, device);
                                 })
        ->UseRealTime()
        ->Unit(benchmark::kMicrosecond);
  }
}

}  // namespace ablate

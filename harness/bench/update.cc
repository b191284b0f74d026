#include <benchmark/benchmark.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "harness/bench/families.h"
#include "harness/bench/synthetic.h"
#include "harness/train/batch_stream.h"
#include "harness/train/device.h"
#include "harness/train/graph_update.h"
#include "harness/train/product_rows.h"
#include "techniques/checkpointing_torch.h"
#include "techniques/technique.h"

namespace ablate {
namespace {

constexpr int64_t kHorizon = 1'000'000;

void RunUpdates(benchmark::State& state, const EncodedSplit& split, const Recipe& recipe,
                at::Device device) {
  AllowTf32(recipe.precision);
  Transformer model(recipe.model, kBenchVocabulary, kBenchVocabulary, /*init_seed=*/1,
                    recipe.sharing.layer_of_depth);
  model->to(device);
  model->RunLayersBy(MakeLayerRunner(recipe.checkpointing));
  Timeline timeline(device);
  Ranks ranks;
  const auto execution = MakeExecution(model, recipe, device, ranks, timeline);
  BatchStream stream(split, TrainingRule(recipe, split, ProductRows(recipe, device)), /*seed=*/1);
  const auto feed =
      MakeBatchFeed(recipe.loading, DivisionFor(recipe, ranks), split, stream, device);
  const auto updater = MakeUpdater({.model = model,
                                    .execution = *execution,
                                    .feed = *feed,
                                    .split = split,
                                    .rule = stream.rule(),
                                    .recipe = recipe,
                                    .horizon = kHorizon,
                                    .most_updates = kHorizon,
                                    .target_vocabulary = kBenchVocabulary,
                                    .device = device,
                                    .timeline = timeline});
  double tokens = 0;
  double padded = 0;
  for ([[maybe_unused]] auto _ : state) {
    const UpdateFacts facts = updater->Run().facts;
    Synchronise(device);
    timeline.Clear();
    tokens += static_cast<double>(facts.target_tokens);
    padded += static_cast<double>(facts.padded_target_tokens);
  }
  state.counters["target_tokens_per_s"] = benchmark::Counter(tokens, benchmark::Counter::kIsRate);
  state.counters["padded_tokens_per_s"] = benchmark::Counter(padded, benchmark::Counter::kIsRate);
}

using Levels = std::vector<std::pair<const Technique*, std::string>>;

void Register(const std::shared_ptr<SyntheticSplit>& corpus, const Levels& levels,
              at::Device device) {
  std::string name = "Update";
  Recipe recipe = BenchRecipe();
  for (const auto& [technique, level] : levels) {
    name += "/" + std::string(technique->name()) + ":" + level;
    technique->Apply(level, nlohmann::json::object(), recipe);
  }
  if (recipe.parallelism.processes > 1) return;  // there is one process here
  if (recipe.graph && device.is_cpu()) return;
  if (recipe.replicas.count > at::get_num_threads()) return;  // each has one of its own
  benchmark::RegisterBenchmark(name.c_str(),
                               [corpus, recipe, device](benchmark::State& state) {
                                 RunUpdates(state, corpus->split(), recipe, device);
                               })
      ->Unit(benchmark::kMillisecond)
      ->UseRealTime();
}

}  // namespace

void RegisterUpdate(at::Device device) {
  const auto corpus = std::make_shared<SyntheticSplit>(kBenchSentences);
  const Technique* padding = FindTechnique("padding");
  const Technique* precision = FindTechnique("precision");
  for (const Level& pad : padding->levels()) {
    for (const Level& format : precision->levels()) {
      Register(corpus, {{padding, pad.name}, {precision, format.name}}, device);
    }
  }
  for (const Technique* technique : AllTechniques()) {
    if (technique == padding || technique == precision) continue;
    for (const Level& level : technique->levels().subspan(1)) {
      Register(corpus, {{technique, level.name}}, device);
    }
  }
}

}  // namespace ablate

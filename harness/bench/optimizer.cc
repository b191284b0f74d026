#include "harness/train/optimizer.h"

#include <benchmark/benchmark.h>

#include "harness/bench/families.h"
#include "harness/bench/synthetic.h"
#include "harness/train/device.h"
#include "model/net/transformer.h"

namespace ablate {
namespace {

void Step(benchmark::State& state, Optimizer::Kind kind, at::Device device) {
  Recipe recipe = BenchRecipe();
  recipe.optimizer.kind = kind;
  Transformer model(recipe.model, kBenchVocabulary, kBenchVocabulary, /*init_seed=*/1);
  model->to(device);
  AdamOptimizer optimizer(model->parameters(), recipe.optimizer);
  for (at::Tensor& parameter : model->parameters()) {
    parameter.mutable_grad() = at::randn_like(parameter);
  }
  const std::vector<at::Tensor> gradients = optimizer.Gradients();
  for ([[maybe_unused]] auto _ : state) {
    optimizer.ClipGradients(gradients);
    optimizer.Step(gradients, {.learning_rate = 1e-3, .momentum = std::nullopt}, std::nullopt);
    Synchronise(device);
  }
  const auto parameters = static_cast<double>(model->CountParameters().unique);
  state.counters["parameters_per_s"] =
      benchmark::Counter(parameters, benchmark::Counter::kIsIterationInvariantRate);
}

}  // namespace

void RegisterOptimizer(at::Device device) {
  const std::pair<const char*, Optimizer::Kind> kinds[] = {
      {"Optimizer/kind:adam", Optimizer::Kind::kAdam},
      {"Optimizer/kind:adamw", Optimizer::Kind::kAdamW}};
  for (const auto& [name, kind] : kinds) {
    benchmark::RegisterBenchmark(name, Step, kind, device)
        ->Unit(benchmark::kMicrosecond)
        ->UseRealTime();
  }
}

}  // namespace ablate

#include <benchmark/benchmark.h>

#include "harness/bench/families.h"
#include "harness/bench/synthetic.h"
#include "harness/train/device.h"
#include "model/net/transformer.h"
#include "techniques/optimizer_torch.h"

namespace ablate {
namespace {

// About 5 million parameters, too many for a cache.
constexpr int64_t kWidth = 256;

std::vector<at::Tensor> ModelParameters(at::Device device) {
  Recipe recipe = BenchRecipe();
  recipe.model.d_model = kWidth;
  Transformer model(recipe.model, kBenchVocabulary, kBenchVocabulary, /*init_seed=*/1);
  model->to(device);
  return model->parameters();
}

void CountParameters(benchmark::State& state, const std::vector<at::Tensor>& parameters) {
  int64_t count = 0;
  for (const at::Tensor& parameter : parameters) count += parameter.numel();
  state.counters["parameters"] = static_cast<double>(count);
  state.counters["parameters_per_s"] =
      benchmark::Counter(static_cast<double>(count), benchmark::Counter::kIsIterationInvariantRate);
}

void Step(benchmark::State& state, const Optimizer& options, at::Device device) {
  const auto optimizer = MakeOptimizer(ModelParameters(device), options);
  std::vector<at::Tensor> gradients;
  for (const at::Tensor& parameter : optimizer->parameters()) {
    gradients.push_back(at::randn_like(parameter).detach());
  }
  for ([[maybe_unused]] auto _ : state) {
    ClipToNorm(gradients, GlobalNorm(gradients), /*limit=*/1);
    optimizer->Step(gradients, {.learning_rate = 1e-4, .momentum = std::nullopt}, std::nullopt);
    Synchronise(device);
  }
  CountParameters(state, optimizer->parameters());
}

// What the fused kernel is worth: Adam as a loop over tensors would do it.
void LoopedAdamStep(benchmark::State& state, at::Device device) {
  const at::NoGradGuard no_gradients;
  const std::vector<at::Tensor> parameters = ModelParameters(device);
  std::vector<at::Tensor> gradients, means, squares;
  for (const at::Tensor& parameter : parameters) {
    gradients.push_back(at::randn_like(parameter));
    means.push_back(at::zeros_like(parameter));
    squares.push_back(at::zeros_like(parameter));
  }
  for ([[maybe_unused]] auto _ : state) {
    ClipToNorm(gradients, GlobalNorm(gradients), /*limit=*/1);
    for (size_t i = 0; i < parameters.size(); ++i) {
      means[i].lerp_(gradients[i], 0.1);
      squares[i].mul_(0.999).addcmul_(gradients[i], gradients[i], 0.001);
      parameters[i].detach().addcdiv_(means[i], squares[i].sqrt().add_(1e-8), -1e-4);
    }
    Synchronise(device);
  }
  CountParameters(state, parameters);
}

}  // namespace

void RegisterOptimizer(at::Device device) {
  const std::pair<const char*, decltype(Optimizer::rule)> rules[] = {
      {"Optimizer/rule:adam", Adam{}},
      {"Optimizer/rule:adamw", Adam{.decoupled_decay = true}},
      {"Optimizer/rule:lamb", Lamb{}},
      {"Optimizer/rule:adafactor", Adafactor{}},
      {"Optimizer/rule:lion", Lion{}},
      {"Optimizer/rule:sgd", Sgd{}},
      {"Optimizer/rule:sgd_momentum", Sgd{.momentum = 0.9}},
  };
  for (const auto& [name, rule] : rules) {
    const Optimizer options{
        .rule = rule, .learning_rate = 1e-4, .weight_decay = 0.01, .gradient_clip = 1};
    benchmark::RegisterBenchmark(name, Step, options, device)
        ->Unit(benchmark::kMicrosecond)
        ->UseRealTime();
  }
  benchmark::RegisterBenchmark("Optimizer/loop:adam", LoopedAdamStep, device)
      ->Unit(benchmark::kMicrosecond)
      ->UseRealTime();
}

}  // namespace ablate

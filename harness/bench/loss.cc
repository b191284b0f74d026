#include "model/net/loss.h"

#include <benchmark/benchmark.h>

#include "harness/bench/families.h"
#include "harness/bench/synthetic.h"
#include "harness/train/device.h"
#include "model/data/vocabulary_spec.h"

namespace ablate {
namespace {

constexpr int64_t kSentences = 32;
constexpr int64_t kLength = 20;

void ProjectAndScore(benchmark::State& state, at::Device device) {
  const int64_t vocabulary = state.range(0);
  const int64_t d_model = BenchRecipe().model.d_model;
  const auto hidden = at::randn({kSentences, kLength, d_model}, device).requires_grad_();
  const auto projection = at::randn({vocabulary, d_model}, device).requires_grad_();
  const auto target =
      at::randint(kSpecials, vocabulary, {kSentences, kLength}, at::kLong).to(device);
  for ([[maybe_unused]] auto _ : state) {
    CrossEntropy(at::linear(hidden, projection), target, {.label_smoothing = 0.1}).sum.backward();
    Synchronise(device);
  }
  state.counters["tokens_per_s"] = benchmark::Counter(
      static_cast<double>(state.iterations() * kSentences * kLength), benchmark::Counter::kIsRate);
}

}  // namespace

void RegisterLoss(at::Device device) {
  benchmark::RegisterBenchmark("Loss", ProjectAndScore, device)
      ->ArgName("vocabulary")
      ->Arg(kBenchVocabulary)
      ->Arg(30000)
      ->Unit(benchmark::kMillisecond)
      ->UseRealTime();
}

}  // namespace ablate

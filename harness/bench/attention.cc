#include "model/net/attention.h"

#include <benchmark/benchmark.h>

#include "harness/bench/families.h"
#include "harness/bench/synthetic.h"
#include "harness/train/device.h"
#include "model/data/vocabulary_spec.h"

namespace ablate {
namespace {

constexpr int64_t kSentences = 32;

enum class Kind { kSelf, kMaskedSelf, kCausal, kCross };

// Half of the sentences are half PAD.
at::Tensor HalfPadded(int64_t length, at::Device device) {
  auto ids = at::full({kSentences, length}, kSpecials, at::kLong);
  ids.slice(0, 0, kSentences / 2).slice(1, length / 2).fill_(kPad);
  return ids.to(device);
}

void Attend(benchmark::State& state, Kind kind, at::Device device) {
  const int64_t length = state.range(0);
  const TransformerConfig config = BenchRecipe().model;
  SelfAttention self(config);
  CrossAttention cross(config);
  self->to(device);
  cross->to(device);
  const TokenLayout layout =
      PaddedLayout(HalfPadded(length, device), kind == Kind::kMaskedSelf || kind == Kind::kCross);
  Kernels& kernels = ReferenceKernels();
  const auto x = at::randn({kSentences, length, config.d_model}, device).requires_grad_();
  const auto forward = [&] {
    if (kind == Kind::kCross) return cross->Forward(kernels, x, layout, x, layout);
    return self->Forward(kernels, x, layout, kind == Kind::kCausal);
  };
  for ([[maybe_unused]] auto _ : state) {
    forward().sum().backward();
    Synchronise(device);
  }
  state.counters["tokens_per_s"] = benchmark::Counter(
      static_cast<double>(state.iterations() * kSentences * length), benchmark::Counter::kIsRate);
}

}  // namespace

void RegisterAttention(at::Device device) {
  const std::pair<const char*, Kind> kinds[] = {{"Attention/self", Kind::kSelf},
                                                {"Attention/masked_self", Kind::kMaskedSelf},
                                                {"Attention/causal", Kind::kCausal},
                                                {"Attention/cross", Kind::kCross}};
  for (const auto& [name, kind] : kinds) {
    benchmark::RegisterBenchmark(name, Attend, kind, device)
        ->ArgName("length")
        ->Arg(20)
        ->Arg(80)
        ->Unit(benchmark::kMicrosecond)
        ->UseRealTime();
  }
}

}  // namespace ablate

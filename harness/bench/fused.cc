#include "harness/bench/fused.h"

#include <torch/csrc/autograd/autograd.h>

#include <numeric>

namespace ablate {
namespace {

std::vector<at::Tensor> GradientsOf(const std::vector<at::Tensor>& results) {
  std::vector<at::Tensor> gradients;
  for (const at::Tensor& result : results) {
    // A loss is differentiated from 1.
    gradients.push_back(result.dim() == 0 ? at::ones_like(result)
                                          : at::randn_like(result.detach()));
  }
  return gradients;
}

void Run(benchmark::State& state, const FusedWork& work, bool backward) {
  const std::vector<at::Tensor> gradients = GradientsOf(work.forward());
  for ([[maybe_unused]] auto _ : state) {
    const std::vector<at::Tensor> results = work.forward();
    if (backward) {
      benchmark::DoNotOptimize(torch::autograd::grad(results, work.inputs, gradients));
    }
  }
  Cost cost = work.forward_cost;
  if (backward) {
    cost.flops += work.backward_cost.flops;
    cost.bytes += work.backward_cost.bytes;
  }
  CountRates(work.tokens, cost, state);
}

void Register(const std::string& name, const MakeFusedWork& make, const FusedSize& size,
              at::ScalarType type, bool backward) {
  benchmark::RegisterBenchmark(
      (name + (backward ? "/pass:both" : "/pass:forward")).c_str(),
      [=](benchmark::State& state) { Run(state, make(size, type), backward); })
      ->Unit(benchmark::kMicrosecond)
      ->UseRealTime();
}

}  // namespace

void RegisterFusedOperation(const FusedOperation& operation) {
  for (const FusedSize& size : FusedSizes()) {
    for (const at::ScalarType type : operation.types) {
      for (const bool backward : {false, true}) {
        if (!backward && !operation.forward_alone) continue;
        for (const auto& [variant, make] : operation.variants) {
          Register(FusedName(operation.name, variant, size, type), make, size, type, backward);
        }
      }
    }
  }
}

const std::vector<FusedSize>& FusedSizes() {
  static const std::vector<FusedSize> sizes = {{"small", 128, 2, 512, 6000},
                                               {"medium", 256, 4, 1024, 8000}};
  return sizes;
}

std::string FusedName(const std::string& operation, const char* variant, const FusedSize& size,
                      at::ScalarType type) {
  return operation + "/" + variant + "/size:" + size.name +
         (type == at::kBFloat16 ? "/type:bf16" : "/type:fp32");
}

void CountRates(double tokens, const Cost& cost, benchmark::State& state) {
  constexpr auto kRate = benchmark::Counter::kIsIterationInvariantRate;
  if (tokens > 0) state.counters["tokens_per_s"] = benchmark::Counter(tokens, kRate);
  state.counters["bytes_per_s"] = benchmark::Counter(cost.bytes, kRate);
  state.counters["flops_per_s"] = benchmark::Counter(cost.flops, kRate);
}

std::vector<int64_t> BenchLengths(const EncodedSide& side, int64_t specials) {
  std::vector<int64_t> lengths;
  for (int64_t i = 0; i < side.size(); ++i) lengths.push_back(side.length(i) + specials);
  return lengths;
}

int64_t Sum(const std::vector<int64_t>& lengths) {
  return std::accumulate(lengths.begin(), lengths.end(), int64_t{0});
}

at::Tensor BenchInput(at::IntArrayRef sizes, at::ScalarType type) {
  return at::randn(sizes).to(type).requires_grad_();
}

}  // namespace ablate

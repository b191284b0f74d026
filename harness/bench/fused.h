// Fused operations beside the same in plain tensor operations, on a CPU: what their families share.
//
// Benchmarks are called <family>/<operation>/<variant>/size:…/type:…/pass:…, with a variant
// "reference", so that a report can put the others beside it. Their rates are of what has to be
// computed, alike for every variant: real tokens, floating-point operations, and bytes, each input
// read and each result written once.
#pragma once

#include <ATen/ATen.h>
#include <benchmark/benchmark.h>

#include <functional>
#include <string>
#include <vector>

#include "harness/bench/synthetic.h"

namespace ablate {

inline constexpr double kBenchDropout = 0.1;

// Of tests/peers/sizes.json.
struct FusedSize {
  const char* name;
  int64_t d_model, heads, d_ff, vocabulary;
};

struct Cost {
  double flops = 0, bytes = 0;
};

// An operation on a batch, ready to run.
struct FusedWork {
  // Gives results that the gradient is taken of.
  std::function<std::vector<at::Tensor>()> forward;
  std::vector<at::Tensor> inputs;  // that a gradient is taken for
  double tokens = 0;
  Cost forward_cost, backward_cost;
};
using MakeFusedWork = std::function<FusedWork(const FusedSize& size, at::ScalarType type)>;

struct FusedVariant {
  const char* name;
  MakeFusedWork make;
};

struct FusedOperation {
  std::string name;  // family/operation
  std::vector<FusedVariant> variants;
  std::vector<at::ScalarType> types = {at::kFloat, at::kBFloat16};
  bool forward_alone = true;  // as well as forward and backward
};
void RegisterFusedOperation(const FusedOperation& operation);

// As RegisterFusedOperation names things.
const std::vector<FusedSize>& FusedSizes();
std::string FusedName(const std::string& operation, const char* variant, const FusedSize& size,
                      at::ScalarType type);
void CountRates(double tokens, const Cost& cost, benchmark::State& state);

// The lengths of a batch of 64 sentences, specials included.
std::vector<int64_t> BenchLengths(const EncodedSide& side, int64_t specials);
int64_t Sum(const std::vector<int64_t>& lengths);

// A tensor of random numbers that needs a gradient.
at::Tensor BenchInput(at::IntArrayRef sizes, at::ScalarType type);

}  // namespace ablate

// The families of micro-benchmarks. Each call registers one with Google Benchmark; nothing runs
// before RunSpecifiedBenchmarks. Rates count real tokens, PAD left out, unless a counter says
// otherwise.
#pragma once

#include <ATen/ATen.h>

namespace ablate {

void RegisterCollation();                 // an epoch's batches on the host, by padding level
void RegisterLoading(at::Device device);  // an update's batch to the device, by loading level
void RegisterVocabulary();                // text to ids, by vocabulary type
void RegisterAttention(
    at::Device device);  // forward and backward: self, causal, cross, with and without a mask
void RegisterLoss(
    at::Device device);  // from hidden states, forward and backward, by vocabulary size
void RegisterOptimizer(at::Device device);  // a step with clipping, by rule
void RegisterUpdate(
    at::Device device);  // a whole update: padding by precision, and each other level alone

// Each fused operation beside the same in plain tensor operations, on a CPU, forward and backward,
// by size and number format.
void RegisterFusedAttention();  // packed and padded; self, causal, cross
void RegisterFusedRows();       // embedding, residual sums and norms, hidden units, linear layers
void RegisterFusedLoss();       // output projection and cross-entropy
void RegisterFusedAdam();       // clipping and a step

}  // namespace ablate

// Multi-head attention over sequences that lie one after the other, on a CPU: blocks of queries
// whose scores stay in the cache, dropout inside, nothing of size [L, L] kept. Probabilities are
// computed again in the backward pass from the scores' log-sum-exp (Dao et al. 2022).
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

namespace ablate::fused {

// Sequence b of a tensor of rows is the length[b] rows from first[b] on. int64 [B], contiguous, on
// the host. Rows of no sequence are not read; their outputs and gradients are 0. Sequences share no
// rows, but those of keys may where no gradient is needed.
struct Sequences {
  at::Tensor first, length;
};

struct AttentionOptions {
  int64_t heads = 1;
  bool causal = false;  // a token sees itself and what precedes it
  double dropout = 0;   // of probabilities
  uint64_t seed = 0;    // of the mask; the same in forward and backward
};

// query_key_value: rows [..., 3 * H * K], as one projection gives them: all queries, then keys,
// then values, each H heads of K side by side. Returns [..., H * K]. float32, float64 or bfloat16;
// sums in float32 at least. Scores are scaled by K^-0.5. Every row of a sequence attends to its own
// sequence.
at::Tensor SelfAttention(const at::Tensor& query_key_value, const Sequences& sequences,
                         const AttentionOptions& options);

// query: rows [..., H * K]; key_value: rows [..., 2 * H * K], all keys, then values. Sequence b of
// the queries attends to sequence b of the keys; that one is not empty where there are queries.
at::Tensor CrossAttention(const at::Tensor& query, const at::Tensor& key_value,
                          const Sequences& query_sequences, const Sequences& key_sequences,
                          const AttentionOptions& options);

}  // namespace ablate::fused

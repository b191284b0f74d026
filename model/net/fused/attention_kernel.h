// Attention of the heads of sequences, and its gradients.
#pragma once

#include <c10/util/BFloat16.h>

#include <cstdint>
#include <tuple>

#include "model/net/fused/row_types.h"

namespace ablate::fused {

// Queries that are worked on together.
inline constexpr int64_t kQueryBlock = 32;
// Columns of a head that lie side by side in scratch memory.
inline constexpr int64_t kHeadPanel = 64;

template <typename Scalar>
struct StridedRows {
  Scalar* data;
  int64_t stride;
};

// Sequence b is the length[b] rows from first[b] on.
struct SequenceRows {
  const int64_t* first;
  const int64_t* length;
};

// Head h of a row is its columns from h * head_width on.
template <typename Scalar>
struct AttentionInputs {
  int64_t heads;
  int64_t head_width;
  bool causal;
  RowMask mask;
  SequenceRows queries, keys;
  StridedRows<const Scalar> query, key, value;
};

template <typename Scalar>
struct AttentionForward {
  AttentionInputs<Scalar> in;
  StridedRows<Scalar> result;
  SumOf<Scalar>* log_sums;  // [query rows, heads], base 2; null: not kept
};

template <typename Scalar>
struct AttentionBackward {
  AttentionInputs<Scalar> in;
  const SumOf<Scalar>* log_sums;
  StridedRows<const Scalar> d_result;
  StridedRows<Scalar> d_query, d_key, d_value;
};

// What a thread needs, in numbers, for keys of at most `longest` rows: of sums, then of factors.
inline int64_t AttentionScratch(int64_t head_width, int64_t longest) {
  const int64_t panels = (head_width + kHeadPanel - 1) / kHeadPanel;
  constexpr int64_t kPanelOfQueries = kQueryBlock * kHeadPanel;
  const int64_t of_queries = (4 * panels + 1) * kPanelOfQueries;
  return of_queries + longest * (4 * panels * kHeadPanel + 2 * kQueryBlock);
}
inline int64_t AttentionFactors(int64_t longest) { return (longest + 1) * kQueryBlock; }

// Of the tasks from `first` to before `last`: task sequence * heads + head.
template <typename Scalar>
struct AttentionKernelsOf {
  void (*forward)(const AttentionForward<Scalar>& attention, int64_t first, int64_t last,
                  SumOf<Scalar>* scratch, float* factors);
  void (*backward)(const AttentionBackward<Scalar>& attention, int64_t first, int64_t last,
                   SumOf<Scalar>* scratch, float* factors);
};

struct AttentionKernels {
  std::tuple<AttentionKernelsOf<float>, AttentionKernelsOf<double>,
             AttentionKernelsOf<c10::BFloat16>>
      of;
};

}  // namespace ablate::fused

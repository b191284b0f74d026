// dropout(scale * weight[ids] + positions[position_of]) over tokens, and the gradient of `weight`.
#pragma once

#include <c10/util/BFloat16.h>

#include <cstdint>
#include <tuple>

#include "model/net/fused/row_types.h"

namespace ablate::fused {

// Rows are contiguous.
template <typename Scalar>
struct EmbeddingForward {
  int64_t columns;
  RowMask mask;
  const Scalar* weight;
  const Scalar* positions;
  const int64_t* ids;
  const int64_t* position_of;
  SumOf<Scalar> scale;
  Scalar* result;
};

// Group g is the tokens from first_of[g] to before first_of[g + 1] of `tokens`, all of one id; its
// sum goes into row row_of[g], or g where that is null.
template <typename Scalar>
struct EmbeddingBackward {
  int64_t columns;
  RowMask mask;
  const Scalar* d_result;
  const int64_t* tokens;
  const int64_t* first_of;
  const int64_t* row_of;
  SumOf<Scalar> scale;
  Scalar* d_weight;
};

// Of the tokens, or groups, from `first` to before `last`. `factors` has room for a row's mask,
// `sums` for a row.
template <typename Scalar>
struct EmbeddingKernelsOf {
  void (*forward)(const EmbeddingForward<Scalar>& rows, int64_t first, int64_t last,
                  float* factors);
  void (*backward)(const EmbeddingBackward<Scalar>& rows, int64_t first, int64_t last,
                   SumOf<Scalar>* sums, float* factors);
};

struct EmbeddingKernels {
  std::tuple<EmbeddingKernelsOf<float>, EmbeddingKernelsOf<double>,
             EmbeddingKernelsOf<c10::BFloat16>>
      of;
};

}  // namespace ablate::fused

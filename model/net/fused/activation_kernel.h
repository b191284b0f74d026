// dropout(activation(hidden + bias)) over rows, and its gradients.
#pragma once

#include <c10/util/BFloat16.h>

#include <array>
#include <cstdint>
#include <tuple>

#include "model/net/fused/row_types.h"

namespace ablate::fused {

// Rows are contiguous. `columns` are the result's; of swiglu, hidden and bias have twice as many.
template <typename Scalar>
struct ActivationForward {
  int64_t columns;
  RowMask mask;
  const Scalar* hidden;
  const SumOf<Scalar>* bias;
  Scalar* result;
};

template <typename Scalar>
struct ActivationBackward {
  int64_t columns;
  RowMask mask;
  const Scalar* d_result;
  const Scalar* kept;         // relu: the result; else hidden
  const SumOf<Scalar>* bias;  // not read by relu
  Scalar* d_hidden;
};

// Of the rows from `first` to before `last`. `factors` has room for a row's mask. `d_bias` is added
// to.
template <typename Scalar>
struct ActivationKernelsOf {
  using Forward = void (*)(const ActivationForward<Scalar>& rows, int64_t first, int64_t last,
                           float* factors);
  using Backward = void (*)(const ActivationBackward<Scalar>& rows, int64_t first, int64_t last,
                            SumOf<Scalar>* d_bias, float* factors);
  std::array<Forward, 3> forward;  // relu, gelu, swiglu
  std::array<Backward, 3> backward;
};

struct ActivationKernels {
  std::tuple<ActivationKernelsOf<float>, ActivationKernelsOf<double>,
             ActivationKernelsOf<c10::BFloat16>>
      of;
};

}  // namespace ablate::fused

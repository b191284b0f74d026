// Add, Norm and AddNorm over rows, and their gradients.
#pragma once

#include <c10/util/BFloat16.h>

#include <cstdint>
#include <tuple>

#include "model/net/fused/row_types.h"

namespace ablate::fused {

// Rows are contiguous.
template <typename Sum, typename Branch, typename Normed>
struct ResidualForward {
  int64_t columns;
  RowMask mask;
  const Sum* x;
  const Branch* branch;  // null: the sum is x
  const Sum* bias;       // null: none
  Sum* sum;              // of a branch
  const Sum* gain;
  const Sum* norm_bias;
  Sum epsilon;
  Normed* normed;   // null: no norm
  Sum* statistics;  // [rows, 2] mean and 1 / deviation; null: not kept
};

template <typename Sum, typename Branch, typename Normed>
struct ResidualBackward {
  int64_t columns;
  RowMask mask;
  const Sum* d_sum;        // null: 0
  const Normed* d_normed;  // null: no norm, and the rest of it is not read
  const Sum* normed_from;
  const Sum* statistics;
  const Sum* gain;
  Sum* d_x;          // null: not made
  Branch* d_branch;  // null: not made
};

// To which the sums over rows are added; null: not made.
template <typename Sum>
struct ResidualColumnSums {
  Sum* d_bias;
  Sum* d_gain;
  Sum* d_norm_bias;
};

// Of the rows from `first` to before `last`. `factors` has room for a row's mask.
template <typename Sum, typename Branch, typename Normed>
struct ResidualKernelsOf {
  void (*forward)(const ResidualForward<Sum, Branch, Normed>& rows, int64_t first, int64_t last,
                  float* factors);
  void (*backward)(const ResidualBackward<Sum, Branch, Normed>& rows, int64_t first, int64_t last,
                   const ResidualColumnSums<Sum>& sums, float* factors);
};

struct ResidualKernels {
  std::tuple<ResidualKernelsOf<double, double, double>, ResidualKernelsOf<float, float, float>,
             ResidualKernelsOf<float, float, c10::BFloat16>,
             ResidualKernelsOf<float, c10::BFloat16, float>,
             ResidualKernelsOf<float, c10::BFloat16, c10::BFloat16>>
      of;
};

}  // namespace ablate::fused

// Products of bfloat16 on a CPU in blocks that stay in its caches, with the processor's matrix
// instructions: oneDNN's batch-reduce kernels, through LibTorch (Georganas et al. 2020,
// arXiv:1906.06440). Their right factor lies in pairs of rows; a weight is laid out so once an
// update, where a product of LibTorch's lays it out, and looks for its code, at every call.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "model/net/fused/pairing_kernel.h"

namespace ablate::fused {

// Whether this processor and LibTorch have them.
bool HasBlockProducts();

// Both must be multiples of 32.
bool FitsBlocks(int64_t rows, int64_t columns);

// A right factor: [rows, columns] in panels of kPairedPanel columns, numbers (2r, c) and (2r + 1,
// c) of a panel side by side. `panels` holds rows * columns numbers.
struct PairedMatrix {
  int64_t rows = 0;
  int64_t columns = 0;
  at::Tensor panels = {};
};

// Of rows [N, C] of bfloat16; zeros make up a multiple of 32 rows.
PairedMatrix PairRows(const at::Tensor& rows_NC);

// A product's rows from `row` on and columns from `column` on: [rows, columns], rows `stride`
// apart, float32.
struct ProductBlock {
  int64_t row, column, rows, columns;
  float* product;
  int64_t stride;
};

using BlockSink = std::function<void(const ProductBlock&)>;

// rows right, of rows of bfloat16: `sink` is given every block of it, once, by several threads at a
// time. The block is the sink's until it returns.
void MultiplyRows(const Matrix<c10::BFloat16>& rows, const PairedMatrix& right,
                  const BlockSink& sink);
// Of rows that come in parts, side by side.
void MultiplyRows(const std::vector<Matrix<c10::BFloat16>>& parts, const PairedMatrix& right,
                  const BlockSink& sink);

// The same, rounded to bfloat16; `bias` [C] of float32, undefined for none, is added first.
at::Tensor MultiplyRows(const at::Tensor& rows_NR, const PairedMatrix& right,
                        const at::Tensor& bias);

// left right, of [rows, N], to `product`, or added to it where `add` says so: [left.rows,
// right.columns], float32. By one thread. N is a multiple of 32, and `right` has as many rows.
void MultiplyInner(const Matrix<c10::BFloat16>& left, const PairedMatrix& right, bool add,
                   float* product);

// How far apart the rows of a transposed factor of so many rows are best laid: one of few strides,
// for each of which there is other code, none of them a power of two, which caches dislike.
int64_t TransposedStride(int64_t rows);

// left^T right, [C, D] of float32, of rows [N, C] of bfloat16 and PairRows of [N, D]. The sums of
// left's columns go to `sums` [C], float32, where it is defined. No sum depends on the number of
// threads, of which at most one for 64 columns of `left` works.
at::Tensor MultiplyTransposed(const at::Tensor& left_NC, const PairedMatrix& right_ND,
                              const at::Tensor& sums);

}  // namespace ablate::fused

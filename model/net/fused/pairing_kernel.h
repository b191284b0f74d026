// Matrices of bfloat16 as the processor's block products take them: the right factor in pairs of
// rows, numbers (2r, c) and (2r + 1, c) side by side. See block_product.h.
#pragma once

#include <c10/util/BFloat16.h>

#include <cstdint>

namespace ablate::fused {

// Columns of a panel; the last one of a matrix may have fewer.
inline constexpr int64_t kPairedPanel = 256;
// Of what each side of a block has a multiple of.
inline constexpr int64_t kPairedSide = 32;

// [rows, columns], rows `stride` apart.
template <typename Number>
struct Matrix {
  const Number* data;
  int64_t rows;
  int64_t columns;
  int64_t stride;
};

struct PairingKernels {
  // Rows from 2 * first to before 2 * last of `from`, zeros where there are none, to panels of a
  // matrix of `height` rows. `columns` is a multiple of kPairedSide.
  void (*pair)(const Matrix<c10::BFloat16>& from, int64_t first, int64_t last, int64_t height,
               c10::BFloat16* panels);
  // The same of rows of float32, which are rounded.
  void (*pair_rounded)(const Matrix<float>& from, int64_t first, int64_t last, int64_t height,
                       c10::BFloat16* panels);
  // Columns of the transpose: rows from `first` to before `last` of `from`, multiples of
  // kPairedSide as its columns are, which are rounded, zeros where there are none, to panels of a
  // matrix of `from.columns` rows and `width` columns.
  void (*pair_transposed)(const Matrix<float>& from, int64_t first, int64_t last, int64_t width,
                          c10::BFloat16* panels);
  // `from` transposed: [from.columns, height], rows `stride` apart, zeros from column from.rows on.
  // from.columns and `height` are multiples of kPairedSide. To `sums`, unless it is null, the sums
  // of the columns are written.
  void (*transpose)(const Matrix<c10::BFloat16>& from, int64_t height, c10::BFloat16* to,
                    int64_t stride, float* sums);
  // `from` plus `bias`, which may be null, rounded; `columns` is a multiple of kPairedSide.
  void (*round)(const Matrix<float>& from, const float* bias, c10::BFloat16* to, int64_t stride);
};

}  // namespace ablate::fused

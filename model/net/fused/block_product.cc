#include "model/net/fused/block_product.h"

#include <ATen/native/CPUBlas.h>

#include <algorithm>
#include <array>
#include <exception>
#include <vector>

#include "model/net/fused/capability.h"
#include "model/net/fused/pairing_kernel.h"
#include "model/net/fused/parallel.h"
#include "model/net/fused/rows.h"
#include "model/product_rows.h"

namespace ablate::fused {
namespace {

using c10::BFloat16;

// Rows of a block, by measurement.
constexpr int64_t kBlockRows = 32;
// Of the inner dimension, what is multiplied at once, and rows that it is multiplied for before the
// next: what is used again and again then stays in the second cache.
constexpr int64_t kMostInner = 512, kRowsAtOnce = 512;
// Columns of a left factor that are transposed at once.
constexpr int64_t kTransposedColumns = 64;
// Multiplications that a thread is worth.
constexpr int64_t kGrain = int64_t{1} << 20;

// oneDNN makes code for each shape and stride that a thread multiplies, and keeps it: few may
// occur.
void Multiply(const Matrix<BFloat16>& left, const BFloat16* panel, int64_t width, bool add,
              float* product, int64_t stride) {
  at::native::cpublas::brgemm(left.rows, width, left.columns, left.stride, width, stride, add,
                              left.data, panel, product, /*is_vnni=*/true);
}

// Gives the processor's matrix registers back.
class BlockProducts {
 public:
  BlockProducts() = default;
  BlockProducts(const BlockProducts&) = delete;
  BlockProducts& operator=(const BlockProducts&) = delete;
  ~BlockProducts() { at::native::cpublas::brgemm_release(/*is_vnni=*/true); }
};

// Whether LibTorch's kernels are there, and take their factors as they are laid out here: small
// whole numbers, whose products and sums are exact.
bool MultipliesRight() {
  if (CapabilityOfThisMachine() != Capability::kAvx512) return false;
  std::array<BFloat16, kPairedSide * kPairedSide> left, right, paired;
  std::array<float, kPairedSide * kPairedSide> product;
  for (int64_t i = 0; i < std::ssize(left); ++i) {
    left[i] = static_cast<float>(i * 7 % 31);
    right[i] = static_cast<float>(i * 11 % 29);
  }
  Kernels<PairingKernels>().pair({right.data(), kPairedSide, kPairedSide, kPairedSide}, 0,
                                 kPairedSide / 2, kPairedSide, paired.data());
  try {
    const BlockProducts products;
    Multiply({left.data(), kPairedSide, kPairedSide, kPairedSide}, paired.data(), kPairedSide,
             /*add=*/false, product.data(), kPairedSide);
  } catch (const std::exception&) {
    return false;  // LibTorch says so where it has no kernels for the processor
  }
  for (int64_t row = 0; row < kPairedSide; ++row) {
    for (int64_t column = 0; column < kPairedSide; ++column) {
      float sum = 0;
      for (int64_t i = 0; i < kPairedSide; ++i) {
        sum += static_cast<float>(left[row * kPairedSide + i]) *
               static_cast<float>(right[i * kPairedSide + column]);
      }
      if (product[row * kPairedSide + column] != sum) return false;
    }
  }
  return true;
}

Matrix<BFloat16> MatrixOf(const at::Tensor& rows) {
  TORCH_CHECK(rows.dim() == 2 && rows.is_contiguous() && rows.scalar_type() == at::kBFloat16,
              "block product: contiguous rows of bfloat16 are needed");
  return {rows.const_data_ptr<BFloat16>(), rows.size(0), rows.size(1), rows.size(1)};
}

// body(first column, columns, where the panel starts).
template <typename Body>
void ForPanels(const PairedMatrix& matrix, const Body& body) {
  const auto* const panels = matrix.panels.const_data_ptr<BFloat16>();
  for (int64_t column = 0; column < matrix.columns; column += kPairedPanel) {
    body(column, std::min(kPairedPanel, matrix.columns - column), panels + column * matrix.rows);
  }
}

// Rows that are fewer than a block's, with zeros after them.
Room<BFloat16> PaddedBlock(const Matrix<BFloat16>& rows) {
  Room<BFloat16> block(kBlockRows * rows.columns);
  std::fill_n(block.data(), kBlockRows * rows.columns, BFloat16(0));
  for (int64_t row = 0; row < rows.rows; ++row) {
    std::copy_n(rows.data + row * rows.stride, rows.columns, block.data() + row * rows.columns);
  }
  return block;
}

using Parts = std::vector<Matrix<BFloat16>>;

// body(first, count) of parts of about one length, multiples of kPairedSide as `length` is: so
// there are few shapes.
template <typename Body>
void ForInnerParts(int64_t length, const Body& body) {
  const int64_t parts = (length + kMostInner - 1) / kMostInner;
  const int64_t size = RoundUp((length + parts - 1) / parts, kPairedSide);
  for (int64_t first = 0; first < length; first += size) {
    body(first, std::min(size, length - first));
  }
}

// Rows from `first` on of `rows`, kBlockRows of them, of which the last may be missing.
void MultiplyBlock(const Matrix<BFloat16>& rows, int64_t first, const BFloat16* panel,
                   int64_t width, bool add, float* product) {
  const int64_t count = std::min(kBlockRows, rows.rows - first);
  const Matrix<BFloat16> block{rows.data + first * rows.stride, count, rows.columns, rows.stride};
  if (count == kBlockRows) return Multiply(block, panel, width, add, product, width);
  Room<BFloat16> padded = PaddedBlock(block);
  Multiply({padded.data(), kBlockRows, rows.columns, rows.columns}, panel, width, add, product,
           width);
}

// At most kRowsAtOnce rows, by one thread. While the products with a part of the rows are added to
// `sums`, its share of the right factor stays in the first cache and the sums in the second.
void MultiplyRange(const Parts& parts, int64_t first, int64_t last, const PairedMatrix& right,
                   float* sums, const BlockSink& sink) {
  const int64_t rows = parts.front().rows;
  const bool whole = parts.size() == 1;
  ForPanels(right, [&](int64_t column, int64_t width, const BFloat16* panel) {
    const auto sums_of = [&](int64_t row) { return whole ? sums : sums + (row - first) * width; };
    int64_t inner = 0;
    for (const Matrix<BFloat16>& part : parts) {
      const bool is_last = inner + part.columns == right.rows;
      for (int64_t row = first; row < last; row += kBlockRows) {
        MultiplyBlock(part, row, panel + inner * width, width, /*add=*/inner > 0, sums_of(row));
        if (!is_last) continue;
        sink({row, column, std::min(kBlockRows, rows - row), width, sums_of(row), width});
      }
      inner += part.columns;
    }
  });
}

void MultiplyBlocks(const Parts& parts, int64_t first, int64_t last, const PairedMatrix& right,
                    const BlockSink& sink) {
  Room<float> sums((parts.size() == 1 ? kBlockRows : kRowsAtOnce) * kPairedPanel);
  const BlockProducts products;
  for (int64_t row = first; row < last; row += kRowsAtOnce) {
    MultiplyRange(parts, row, std::min(row + kRowsAtOnce, last), right, sums.data(), sink);
  }
}

}  // namespace

bool HasBlockProducts() {
  static const bool has = MultipliesRight();
  return has;
}

bool FitsBlocks(int64_t rows, int64_t columns) {
  return rows > 0 && columns > 0 && rows % kPairedSide == 0 && columns % kPairedSide == 0;
}

int64_t TransposedStride(int64_t rows) { return RoundUp(rows, kMostInner) + kPairedSide; }

PairedMatrix PairRows(const at::Tensor& rows_NC) {
  const Matrix<BFloat16> rows = MatrixOf(rows_NC);
  TORCH_CHECK(FitsBlocks(kPairedSide, rows.columns), "PairRows: ", rows.columns,
              " columns are no multiple of ", kPairedSide);
  PairedMatrix paired{RoundUp(rows.rows, kPairedSide), rows.columns};
  paired.panels = at::empty({paired.rows * paired.columns}, rows_NC.options());
  auto* const panels = paired.panels.mutable_data_ptr<BFloat16>();
  ParallelFor(0, paired.rows / 2, kGrain / rows.columns, [&](int64_t first, int64_t last) {
    Kernels<PairingKernels>().pair(rows, first, last, paired.rows, panels);
  });
  return paired;
}

void MultiplyRows(const Matrix<BFloat16>& rows, const PairedMatrix& right, const BlockSink& sink) {
  Parts parts;
  ForInnerParts(rows.columns, [&](int64_t first, int64_t count) {
    parts.push_back({rows.data + first, rows.rows, count, rows.stride});
  });
  MultiplyRows(parts, right, sink);
}

void MultiplyRows(const Parts& parts, const PairedMatrix& right, const BlockSink& sink) {
  int64_t inner = 0;
  for (const Matrix<BFloat16>& part : parts) inner += part.columns;
  TORCH_CHECK(inner == right.rows, "MultiplyRows: rows of ", inner, " by ", right.rows);
  const int64_t blocks = (parts.front().rows + kBlockRows - 1) / kBlockRows;
  const int64_t grain = std::max<int64_t>(kGrain / (kBlockRows * right.rows * right.columns), 1);
  ParallelFor(0, blocks, grain, [&](int64_t first, int64_t last) {
    MultiplyBlocks(parts, first * kBlockRows, last * kBlockRows, right, sink);
  });
}

at::Tensor MultiplyRows(const at::Tensor& rows_NR, const PairedMatrix& right,
                        const at::Tensor& bias) {
  at::Tensor result = at::empty({rows_NR.size(0), right.columns}, rows_NR.options());
  auto* const to = result.mutable_data_ptr<BFloat16>();
  const float* const offset = Pointer<float>(bias);
  const auto round = Kernels<PairingKernels>().round;
  MultiplyRows(MatrixOf(rows_NR), right, [&](const ProductBlock& block) {
    round({block.product, block.rows, block.columns, block.stride},
          offset == nullptr ? nullptr : offset + block.column,
          to + block.row * right.columns + block.column, right.columns);
  });
  return result;
}

void MultiplyInner(const Matrix<BFloat16>& left, const PairedMatrix& right, bool add,
                   float* product) {
  const BlockProducts products;
  ForPanels(right, [&](int64_t column, int64_t width, const BFloat16* panel) {
    ForInnerParts(right.rows, [&](int64_t first, int64_t count) {
      Multiply({left.data + first, left.rows, count, left.stride}, panel + first * width, width,
               add || first > 0, product + column, right.columns);
    });
  });
}

at::Tensor MultiplyTransposed(const at::Tensor& left_NC, const PairedMatrix& right_ND,
                              const at::Tensor& sums) {
  const Matrix<BFloat16> left = MatrixOf(left_NC);
  TORCH_CHECK(
      RoundUp(left.rows, kPairedSide) == right_ND.rows && FitsBlocks(kPairedSide, left.columns),
      "MultiplyTransposed: ", left_NC.sizes(), " by ", right_ND.rows, " rows");
  const auto options = left_NC.options().dtype(at::kFloat);
  if (left.rows == 0) {
    if (sums.defined()) sums.zero_();
    return at::zeros({left.columns, right_ND.columns}, options);
  }
  at::Tensor result = at::empty({left.columns, right_ND.columns}, options);
  auto* const to = result.mutable_data_ptr<float>();
  float* const to_sums = MutablePointer<float>(sums);
  const int64_t slices = (left.columns + kTransposedColumns - 1) / kTransposedColumns;
  ParallelFor(0, slices, 1, [&](int64_t first, int64_t last) {
    const int64_t stride = TransposedStride(left.rows);
    Room<BFloat16> transposed(kTransposedColumns * stride);
    for (int64_t slice = first; slice < last; ++slice) {
      const int64_t column = slice * kTransposedColumns;
      const int64_t columns = std::min(kTransposedColumns, left.columns - column);
      Kernels<PairingKernels>().transpose({left.data + column, left.rows, columns, left.stride},
                                          right_ND.rows, transposed.data(), stride,
                                          to_sums == nullptr ? nullptr : to_sums + column);
      MultiplyInner({transposed.data(), columns, right_ND.rows, stride}, right_ND,
                    /*add=*/false, to + column * right_ND.columns);
    }
  });
  return result;
}

}  // namespace ablate::fused

// What the operations on rows share: their checks, their threads, sums by column.
#pragma once

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <memory>
#include <tuple>
#include <vector>

#include "model/net/fused/capability.h"
#include "model/net/fused/dropout_mask.h"
#include "model/net/fused/parallel.h"
#include "model/net/fused/residual.h"
#include "model/net/fused/row_types.h"

namespace ablate::fused {

inline RowMask MaskOf(const RowDropout& dropout) {
  TORCH_CHECK(dropout.probability >= 0 && dropout.probability < 1, "dropout: ", dropout.probability,
              " is not a probability in [0, 1)");
  const DropoutRate rate = DropoutRate::Of(dropout.probability);
  return {dropout.seed, rate.dropped, rate.keep_scale};
}

inline int64_t Columns(const at::Tensor& rows) { return rows.size(-1); }
inline int64_t RowCount(const at::Tensor& rows) {
  return rows.numel() / std::max<int64_t>(Columns(rows), 1);
}

inline const at::Tensor& CheckRows(const at::Tensor& rows, const char* name) {
  TORCH_CHECK(
      rows.defined() && (rows.device().is_cpu() || rows.device().is_cuda()) && rows.dim() >= 1,
      name, ": rows on a CPU or a GPU are needed");
  return rows;
}

inline void CheckVector(const at::Tensor& vector, int64_t columns, at::ScalarType type,
                        const char* name) {
  TORCH_CHECK(vector.defined(), name, ": is undefined");
  TORCH_CHECK(vector.dim() == 1 && vector.size(0) == columns && vector.scalar_type() == type, name,
              ": [", columns, "] of ", type, " is needed, not ", vector.sizes(), " of ",
              vector.scalar_type());
}

template <typename Scalar>
const Scalar* Pointer(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.const_data_ptr<Scalar>() : nullptr;
}
template <typename Scalar>
Scalar* MutablePointer(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.mutable_data_ptr<Scalar>() : nullptr;
}

inline at::Tensor Contiguous(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.contiguous() : tensor;
}

// Memory that starts where a cache line does, as vectors like it.
template <typename Scalar>
class Scratch {
 public:
  explicit Scratch(int64_t size) : lines_((size + kLine - 1) / kLine) {}
  Scalar* data() { return lines_.front().numbers; }

 private:
  static constexpr int64_t kLine = 64 / sizeof(Scalar);
  struct alignas(64) Line {
    Scalar numbers[kLine];
  };
  std::vector<Line> lines_;
};

// The same, but what stands in it is not set.
template <typename Scalar>
class Room {
 public:
  explicit Room(int64_t size)
      : lines_(std::make_unique_for_overwrite<Line[]>((size + kLine - 1) / kLine)) {}
  Scalar* data() { return lines_[0].numbers; }

 private:
  static constexpr int64_t kLine = 64 / sizeof(Scalar);
  struct alignas(64) Line {
    Line() {}  // NOLINT(modernize-use-equals-default): sets nothing
    union {
      Scalar numbers[kLine];
    };
  };
  std::unique_ptr<Line[]> lines_;
};

inline Scratch<float> FactorScratch(int64_t columns) {
  return Scratch<float>((std::max<int64_t>(columns, 1) + kMaskBlock - 1) / kMaskBlock * kMaskBlock);
}

// body(kernels of `type`), of a table whose `of` holds those of float, double and bfloat16.
template <typename Table, typename Body>
void WithKernelsOf(const char* operation, at::ScalarType type, const Body& body) {
  const auto& of = Kernels<Table>().of;
  if (type == at::kFloat) return body(std::get<0>(of));
  if (type == at::kDouble) return body(std::get<1>(of));
  TORCH_CHECK(type == at::kBFloat16, operation, ": float32, float64 or bfloat16 is needed, not ",
              type);
  body(std::get<2>(of));
}

// body(first, last, factors) over all rows, by as many threads as pay.
template <typename Body>
void ForRows(int64_t rows, int64_t columns, const Body& body) {
  constexpr int64_t kElements = 32768;
  const int64_t grain = std::max<int64_t>(kElements / std::max<int64_t>(columns, 1), 1);
  ParallelFor(0, rows, grain, [&](int64_t first, int64_t last) {
    Scratch<float> factors = FactorScratch(columns);
    body(first, last, factors.data());
  });
}

// Blocks of rows that do not depend on the number of threads.
struct RowBlocks {
  explicit RowBlocks(int64_t row_count)
      : rows(row_count),
        size(std::max<int64_t>(kSmallest, (rows + kMost - 1) / kMost)),
        count((rows + size - 1) / size) {}

  static constexpr int64_t kSmallest = 64, kMost = 32;
  int64_t rows;
  int64_t size;
  int64_t count;
};

// Sums over rows, by column, of several things: of the rows of each block, then of the blocks in
// their order.
template <typename Sum>
class ColumnSums {
 public:
  ColumnSums(const RowBlocks& blocks, int64_t columns, int64_t things)
      : blocks_(blocks.count),
        columns_(columns),
        stride_((columns + 15) / 16 * 16),
        things_(things),
        sums_(std::max<int64_t>(blocks_ * things_ * stride_, 1)) {}

  Sum* Of(int64_t block, int64_t thing) {
    return sums_.data() + (block * things_ + thing) * stride_;
  }

  at::Tensor Total(int64_t thing, const at::TensorOptions& options) {
    at::Tensor total = at::empty({columns_}, options);
    Sum* const to = total.mutable_data_ptr<Sum>();
    std::fill_n(to, columns_, Sum(0));
    for (int64_t block = 0; block < blocks_; ++block) {
      const Sum* const from = Of(block, thing);
      for (int64_t i = 0; i < columns_; ++i) to[i] += from[i];
    }
    return total;
  }

 private:
  int64_t blocks_, columns_, stride_, things_;
  Scratch<Sum> sums_;
};

// body(block, first, last, factors) over blocks of rows.
template <typename Body>
void ForRowBlocks(const RowBlocks& blocks, int64_t columns, const Body& body) {
  ParallelFor(0, blocks.count, 1, [&](int64_t first, int64_t last) {
    Scratch<float> factors = FactorScratch(columns);
    for (int64_t block = first; block < last; ++block) {
      body(block, block * blocks.size, std::min((block + 1) * blocks.size, blocks.rows),
           factors.data());
    }
  });
}

// The engine does not tell a node of ours that its gradients are to have gradients.
inline void CheckDifferentiatedOnce(const char* name) {
  TORCH_CHECK(!at::GradMode::is_enabled(), name,
              ": fused operations are differentiable once; use the reference's for create_graph");
}

}  // namespace ablate::fused

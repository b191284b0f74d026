#include "model/net/fused/pairing_kernel.h"

#include <algorithm>
#include <array>

#include "model/net/fused/capability.h"
#include "model/net/fused/halves.h"
#include "model/net/fused/small_product.h"

namespace ablate::fused {
namespace {

using c10::BFloat16;

constexpr int64_t kPairsOfSide = kPairedSide / 2;
constexpr int64_t kSize = kVectorSize<uint32_t>;
static_assert(kPairsOfSide % kSize == 0);

template <typename Number>
inline Halves HalvesOfRow(const Matrix<Number>& from, int64_t row, int64_t column) {
  return row < from.rows ? LoadHalves(from.data + row * from.stride + column) : Halves{};
}

// Where in panels of `height` rows the pair `pair` of column `column` stands, in pairs.
inline int64_t PlaceOf(int64_t pair, int64_t column, int64_t height, int64_t columns) {
  const int64_t first = column / kPairedPanel * kPairedPanel;
  const int64_t width = std::min(kPairedPanel, columns - first);
  return first * (height / 2) + pair * width + (column - first);
}

template <typename Number>
void PairRows(const Matrix<Number>& from, int64_t first, int64_t last, int64_t height,
              BFloat16* panels) {
  auto* const pairs = reinterpret_cast<uint32_t*>(panels);
  for (int64_t pair = first; pair < last; ++pair) {
    for (int64_t column = 0; column < from.columns; column += kSize) {
      const Halves even = HalvesOfRow(from, 2 * pair, column);
      const Halves odd = HalvesOfRow(from, 2 * pair + 1, column);
      StoreVector(even | odd << 16, pairs + PlaceOf(pair, column, height, from.columns));
    }
  }
}

// Of pairs, [rows, columns] of which both are multiples of kPairsOfSide.
inline void TransposePairs(const uint32_t* from, int64_t stride, int64_t rows, int64_t columns,
                           uint32_t* to, int64_t to_stride) {
  constexpr int64_t kSide = kVectorSize<uint32_t>;
  static_assert(kPairsOfSide % kSide == 0);
  for (int64_t row = 0; row < rows; row += kSide) {
    for (int64_t column = 0; column < columns; column += kSide) {
      TransposeSquare(from + row * stride + column, stride, to + column * to_stride + row,
                      to_stride);
    }
  }
}

void PairTransposed(const Matrix<float>& from, int64_t first, int64_t last, int64_t width,
                    BFloat16* panels) {
  auto* const pairs = reinterpret_cast<uint32_t*>(panels);
  alignas(64) std::array<BFloat16, kPairedSide * kPairedSide> block;
  for (int64_t row = first; row < last; row += kPairedSide) {
    const int64_t panel_width = std::min(kPairedPanel, width - row / kPairedPanel * kPairedPanel);
    for (int64_t column = 0; column < from.columns; column += kPairedSide) {
      for (int64_t i = 0; i < kPairedSide; ++i) {
        for (int64_t j = 0; j < kPairedSide; j += kSize) {
          StoreHalves(HalvesOfRow(from, row + i, column + j), block.data() + i * kPairedSide + j);
        }
      }
      TransposePairs(reinterpret_cast<const uint32_t*>(block.data()), kPairsOfSide, kPairedSide,
                     kPairsOfSide, pairs + PlaceOf(column / 2, row, from.columns, width),
                     panel_width);
    }
  }
}

// One block of kPairedSide rows, whose columns' sums are added to `sums`.
inline void TransposeBlock(const Matrix<BFloat16>& from, int64_t row, int64_t column, uint32_t* to,
                           int64_t stride, float* sums) {
  alignas(64) std::array<uint32_t, kPairsOfSide * kPairedSide> block;
  for (int64_t i = 0; i < kPairedSide; i += kSize) {
    Vector<float> sum{};
    for (int64_t pair = 0; pair < kPairsOfSide; ++pair) {
      const Halves even = HalvesOfRow(from, row + 2 * pair, column + i);
      const Halves odd = HalvesOfRow(from, row + 2 * pair + 1, column + i);
      StoreVector(even | odd << 16, block.data() + pair * kPairedSide + i);
      sum += Widened(even) + Widened(odd);
    }
    StoreVector(LoadVector(sums + i) + sum, sums + i);
  }
  TransposePairs(block.data(), kPairedSide, kPairsOfSide, kPairedSide, to, stride);
}

void TransposeRows(const Matrix<BFloat16>& from, int64_t height, BFloat16* to, int64_t stride,
                   float* sums) {
  auto* const pairs = reinterpret_cast<uint32_t*>(to);
  for (int64_t column = 0; column < from.columns; column += kPairedSide) {
    std::array<float, kPairedSide> sum{};
    for (int64_t row = 0; row < height; row += kPairedSide) {
      TransposeBlock(from, row, column, pairs + (column * stride + row) / 2, stride / 2,
                     sum.data());
    }
    if (sums != nullptr) std::copy(sum.begin(), sum.end(), sums + column);
  }
}

void Round(const Matrix<float>& from, const float* bias, BFloat16* to, int64_t stride) {
  for (int64_t row = 0; row < from.rows; ++row) {
    for (int64_t i = 0; i < from.columns; i += kSize) {
      Vector<float> value = LoadVector(from.data + row * from.stride + i);
      if (bias != nullptr) value += LoadVector(bias + i);
      StoreHalves(Rounded(value), to + row * stride + i);
    }
  }
}

}  // namespace

template <>
const PairingKernels& KernelsFor<PairingKernels, kThisUnit>() {
  static constexpr PairingKernels kTable{.pair = &PairRows<BFloat16>,
                                         .pair_rounded = &PairRows<float>,
                                         .pair_transposed = &PairTransposed,
                                         .transpose = &TransposeRows,
                                         .round = &Round};
  return kTable;
}

}  // namespace ablate::fused

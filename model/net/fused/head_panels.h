// The rows of a head in scratch memory: panels of kHeadPanel columns, whatever its width, whose
// strides are known when kernels are compiled. For units that are compiled once for each
// instruction set.
#pragma once

#include <algorithm>
#include <cstdint>

#include "model/net/fused/attention_kernel.h"
#include "model/net/fused/small_product.h"
#include "model/net/fused/vectors.h"

namespace ablate::fused {
inline namespace CPU_CAPABILITY {

inline int64_t Panels(int64_t width) { return (width + kHeadPanel - 1) / kHeadPanel; }

// body(panel, columns of it).
template <typename Body>
inline void ForPanels(int64_t width, const Body& body) {
  for (int64_t panel = 0; panel < Panels(width); ++panel) {
    body(panel, std::min(kHeadPanel, width - panel * kHeadPanel));
  }
}

// `count` rows to panels of `room` rows: [panels, room, kHeadPanel].
template <typename Scalar>
inline void Pack(StridedRows<const Scalar> rows, int64_t count, int64_t width, SumOf<Scalar> scale,
                 int64_t room, SumOf<Scalar>* to) {
  using Sum = SumOf<Scalar>;
  const Pair<Sum> scales = Pair<Sum>::Of(scale);
  ForPanels(width, [&](int64_t panel, int64_t columns) {
    for (int64_t row = 0; row < count; ++row) {
      const Scalar* const from = rows.data + row * rows.stride + panel * kHeadPanel;
      Sum* const packed = to + (panel * room + row) * kHeadPanel;
      ForPairs<Sum>(
          columns, [&](int64_t i, auto size) __attribute__((always_inline)) {
            Store(Load<Sum>(from + i, size) * scales, packed + i, Pair<Sum>::kSize);
          });
    }
  });
}

// A panel, whose rows are scaled by scale(row), to the rows' columns.
template <typename Scalar, typename Scale>
inline void Unpack(const SumOf<Scalar>* panel, int64_t count, int64_t columns, const Scale& scale,
                   StridedRows<Scalar> rows) {
  using Sum = SumOf<Scalar>;
  for (int64_t row = 0; row < count; ++row) {
    const Pair<Sum> scales = Pair<Sum>::Of(scale(row));
    ForPairs<Sum>(
        columns, [&](int64_t i, auto size) __attribute__((always_inline)) {
          const Sum* const from = panel + row * kHeadPanel + i;
          Store(Load<Sum>(from, Pair<Sum>::kSize) * scales, rows.data + row * rows.stride + i,
                size);
        });
  }
}

// [panels, kQueryBlock, kHeadPanel] to [panels, kHeadPanel, kQueryBlock].
template <typename Sum>
inline void Transpose(const Sum* from, int64_t count, int64_t width, Sum* to) {
  constexpr int64_t kSide = kVectorSize<Sum>;
  for (int64_t panel = 0; panel < Panels(width); ++panel) {
    const Sum* const rows = from + panel * kQueryBlock * kHeadPanel;
    Sum* const columns = to + panel * kQueryBlock * kHeadPanel;
    for (int64_t row = 0; row < count; row += kSide) {
      for (int64_t column = 0; column < kHeadPanel; column += kSide) {
        TransposeSquare(rows + row * kHeadPanel + column, kHeadPanel,
                        columns + column * kQueryBlock + row, kQueryBlock);
      }
    }
  }
}

}  // namespace CPU_CAPABILITY
}  // namespace ablate::fused

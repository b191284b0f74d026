// Products of small matrices in scratch memory: too small for a BLAS, which packs and checks anew
// at every call. For units that are compiled once for each instruction set.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace ablate::fused {
inline namespace CPU_CAPABILITY {

#if defined(CPU_CAPABILITY_AVX512)
inline constexpr int kVectorBytes = 64, kTileRows = 7, kTileVectors = 4;  // of 32 registers
#elif defined(CPU_CAPABILITY_AVX2)
inline constexpr int kVectorBytes = 32, kTileRows = 6, kTileVectors = 2;  // of 16
#else
inline constexpr int kVectorBytes = 16, kTileRows = 6, kTileVectors = 2;
#endif

template <typename Number>
struct VectorOf {
  using Type [[gnu::vector_size(kVectorBytes)]] = Number;
};
template <typename Number>
using Vector = typename VectorOf<Number>::Type;

template <typename Number>
inline constexpr int64_t kVectorSize = kVectorBytes / sizeof(Number);

template <typename Number>
[[gnu::always_inline]] inline Vector<Number> LoadVector(const Number* from) {
  Vector<Number> vector;
  __builtin_memcpy(&vector, from, sizeof(vector));
  return vector;
}
template <typename Number>
[[gnu::always_inline]] inline void StoreVector(const Vector<Number>& vector, Number* to) {
  __builtin_memcpy(to, &vector, sizeof(vector));
}

// Two rows, `step` apart, of squares of 2 step x 2 step elements: exchanges what they hold of the
// two squares of step x step elements off the diagonal.
template <int step, typename Number>
[[gnu::always_inline]] inline void ExchangeLanes(Vector<Number>& low, Vector<Number>& high) {
  [&]<int... lane>(std::integer_sequence<int, lane...>) __attribute__((always_inline)) {
    constexpr int kSize = sizeof...(lane);
    const Vector<Number> first = low, second = high;
    low = __builtin_shufflevector(first, second, (lane & step ? kSize + lane - step : lane)...);
    high = __builtin_shufflevector(first, second, (lane & step ? kSize + lane : lane + step)...);
  }
  (std::make_integer_sequence<int, kVectorSize<Number>>());
}

// All lanes into one, by halves.
template <typename Number, typename Combine>
[[gnu::always_inline]] inline Number Fold(Vector<Number> vector, const Combine& combine) {
  const auto halve = [&]<int step, int... lane>(std::integral_constant<int, step>,
                                                std::integer_sequence<int, lane...>)
      __attribute__((always_inline)) {
    if constexpr (step < sizeof...(lane)) {
      vector = combine(vector, __builtin_shufflevector(vector, vector, (lane ^ step)...));
    }
  };
  constexpr auto kLanes = std::make_integer_sequence<int, kVectorSize<Number>>();
  halve(std::integral_constant<int, 8>(), kLanes);
  halve(std::integral_constant<int, 4>(), kLanes);
  halve(std::integral_constant<int, 2>(), kLanes);
  halve(std::integral_constant<int, 1>(), kLanes);
  return vector[0];
}

// A square of as many rows as a vector has lanes, in steps of 1, 2, 4, ...: in each square of
// 2 step x 2 step elements the two squares off the diagonal change places.
template <typename Number>
inline void TransposeSquare(const Number* from, int64_t stride, Number* to, int64_t to_stride) {
  constexpr int kSize = kVectorSize<Number>;
  static_assert(kSize <= 16, "There are more steps than these.");
  Vector<Number> rows[kSize];
  for (int row = 0; row < kSize; ++row) rows[row] = LoadVector(from + row * stride);
  const auto exchange = [&rows]<int step>(std::integral_constant<int, step>) {
    if constexpr (step < kSize) {
      for (int row = 0; row < kSize; ++row) {
        if ((row & step) == 0) ExchangeLanes<step, Number>(rows[row], rows[row + step]);
      }
    }
  };
  exchange(std::integral_constant<int, 1>());
  exchange(std::integral_constant<int, 2>());
  exchange(std::integral_constant<int, 4>());
  exchange(std::integral_constant<int, 8>());
  for (int row = 0; row < kSize; ++row) StoreVector(rows[row], to + row * to_stride);
}

// Where the left factor's element (row, inner) lies, and how far apart rows of the right factor
// and of the product are; fixed, so that the addresses cost no registers.
template <int64_t row, int64_t inner, int64_t right>
struct ProductLayout {
  static constexpr int64_t kRow = row, kInner = inner, kRight = right;
};

template <typename Number, typename Layout, int rows, int vectors>
void Tile(const Number* a, const Number* b, int64_t inner, bool add, Number* c) {
  constexpr int64_t kSize = kVectorSize<Number>;
  Vector<Number> sums[rows][vectors];
  for (int row = 0; row < rows; ++row) {
    for (int i = 0; i < vectors; ++i) {
      sums[row][i] = add ? LoadVector(c + row * Layout::kRight + i * kSize) : Vector<Number>{};
    }
  }
  for (int64_t p = 0; p < inner; ++p) {
    Vector<Number> right[vectors];
    for (int i = 0; i < vectors; ++i) right[i] = LoadVector(b + p * Layout::kRight + i * kSize);
    for (int row = 0; row < rows; ++row) {
      const Number left = a[row * Layout::kRow + p * Layout::kInner];
      for (int i = 0; i < vectors; ++i) sums[row][i] += right[i] * left;
    }
  }
  for (int row = 0; row < rows; ++row) {
    for (int i = 0; i < vectors; ++i) {
      StoreVector(sums[row][i], c + row * Layout::kRight + i * kSize);
    }
  }
}

template <typename Number>
using TileFunction = void (*)(const Number* a, const Number* b, int64_t inner, bool add, Number* c);

template <typename Number, typename Layout, int vectors>
constexpr std::array<TileFunction<Number>, kTileRows> TilesOf() {
  return []<int... row>(std::integer_sequence<int, row...>) {
    return std::array<TileFunction<Number>, kTileRows>{&Tile<Number, Layout, row + 1, vectors>...};
  }
  (std::make_integer_sequence<int, kTileRows>());
}

// A column of tiles: rows split as evenly as they go, for a tile of few rows waits for its sums.
template <typename Number, typename Layout, int vectors>
void TileColumn(const Number* a, const Number* b, int64_t inner, bool add, int64_t rows,
                Number* c) {
  static constexpr auto kTiles = TilesOf<Number, Layout, vectors>();
  int64_t tiles = (rows + kTileRows - 1) / kTileRows;
  for (int64_t row = 0; row < rows; --tiles) {
    const int64_t count = (rows - row + tiles - 1) / tiles;
    kTiles[count - 1](a + row * Layout::kRow, b, inner, add, c + row * Layout::kRight);
    row += count;
  }
}

struct ProductSize {
  int64_t rows, inner, columns;
};

// c = a b, or c += a b. Columns are rounded up to whole vectors, which must be there.
template <typename Layout, typename Number>
void Multiply(const ProductSize& size, const Number* a, const Number* b, bool add, Number* c) {
  constexpr int64_t kSize = kVectorSize<Number>;
  const int64_t vectors = (size.columns + kSize - 1) / kSize;
  for (int64_t i = 0; i < vectors;) {
    const int64_t left = vectors - i, at = i * kSize;
    if (left >= kTileVectors) {
      TileColumn<Number, Layout, kTileVectors>(a, b + at, size.inner, add, size.rows, c + at);
      i += kTileVectors;
    } else if (left >= 2) {
      TileColumn<Number, Layout, 2>(a, b + at, size.inner, add, size.rows, c + at);
      i += 2;
    } else {
      TileColumn<Number, Layout, 1>(a, b + at, size.inner, add, size.rows, c + at);
      i += 1;
    }
  }
}

}  // namespace CPU_CAPABILITY
}  // namespace ablate::fused

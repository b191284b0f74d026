// Rows in octets: eight columns, two groups of four that lie 32 apart, over which one counter of
// the generator decides. Octets 8 b to 8 b + 7 make up the 64 columns from 64 b on.
#pragma once

#include "model/net/cuda/arguments.h"
#include "model/net/cuda/types.cuh"

namespace ablate::cuda {

template <typename Sum>
struct Octet {
  Sum at[kOctet];
};

__device__ inline Int64 FirstColumn(Int64 octet) { return octet / 8 * 64 + octet % 8 * 4; }
__device__ inline Int64 ColumnOf(Int64 octet, int i) {
  return FirstColumn(octet) + (i < 4 ? i : 28 + i);
}

template <typename Scalar>
struct alignas(sizeof(Scalar) < 4 ? 8 : 16) Quad {
  Scalar at[4];
};

// The octet of a row of so many columns; 0 beyond them.
template <typename Scalar>
__device__ inline Octet<SumOf<Scalar>> Load(const Scalar* row, Int64 octet, Int64 columns,
                                            bool quads) {
  Octet<SumOf<Scalar>> values;
  for (int half = 0; half < 2; ++half) {
    const Int64 column = ColumnOf(octet, 4 * half);
    if (quads && column < columns) {
      const Quad<Scalar> quad = *reinterpret_cast<const Quad<Scalar>*>(row + column);
      for (int i = 0; i < 4; ++i) values.at[4 * half + i] = Widen(quad.at[i]);
    } else {
      for (int i = 0; i < 4; ++i) {
        values.at[4 * half + i] = column + i < columns ? Widen(row[column + i]) : 0;
      }
    }
  }
  return values;
}

template <typename Scalar>
__device__ inline void Store(const Octet<SumOf<Scalar>>& values, Scalar* row, Int64 octet,
                             Int64 columns, bool quads) {
  for (int half = 0; half < 2; ++half) {
    const Int64 column = ColumnOf(octet, 4 * half);
    if (quads && column < columns) {
      Quad<Scalar> quad;
      for (int i = 0; i < 4; ++i) Narrow(values.at[4 * half + i], quad.at[i]);
      *reinterpret_cast<Quad<Scalar>*>(row + column) = quad;
    } else {
      for (int i = 0; i < 4; ++i) {
        if (column + i < columns) Narrow(values.at[4 * half + i], row[column + i]);
      }
    }
  }
}

template <typename Sum>
__device__ inline Octet<Sum> Zeros() {
  Octet<Sum> zeros;
  for (int i = 0; i < kOctet; ++i) zeros.at[i] = 0;
  return zeros;
}

template <typename Sum>
__device__ inline void AddTo(Octet<Sum>& sums, const Octet<Sum>& values) {
  for (int i = 0; i < kOctet; ++i) sums.at[i] += values.at[i];
}

}  // namespace ablate::cuda

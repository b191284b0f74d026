// Residual connections: bias, dropout, sum and layer norm, and their gradients, with a row's
// numbers in registers.
#include "model/net/cuda/block_sum.cuh"
#include "model/net/cuda/philox.cuh"

namespace ablate::cuda {

template <typename X>
__device__ inline X SumOfOctet(const Octet<X>& values) {
  X sum = 0;
  for (int i = 0; i < kOctet; ++i) sum += values.at[i];
  return sum;
}

// Where there are columns; 0 beyond them.
template <typename X>
__device__ inline Octet<X> Unit(const Octet<X>& values, X mean, X scale, Int64 octet,
                                Int64 columns) {
  Octet<X> unit;
  for (int i = 0; i < kOctet; ++i) {
    unit.at[i] = ColumnOf(octet, i) < columns ? (values.at[i] - mean) * scale : 0;
  }
  return unit;
}

template <typename X, typename Branch>
__device__ inline Octet<X> AddBranch(const ResidualForwardRows& rows, Int64 row, Int64 octet,
                                     const Octet<X>& x) {
  const Int64 columns = rows.columns;
  Octet<X> values =
      Load(static_cast<const Branch*>(rows.branch) + row * columns, octet, columns, rows.quads);
  if (rows.bias != nullptr) {
    AddTo(values, Load(static_cast<const X*>(rows.bias), octet, columns, rows.quads));
  }
  Drop(GeneratorOf(rows.mask), row, octet, values);
  AddTo(values, x);
  Store(values, static_cast<X*>(rows.sum) + row * columns, octet, columns, rows.quads);
  return values;
}

template <typename X, typename Branch, typename Normed>
__global__ void __launch_bounds__(kRowThreads) ResidualForward(ResidualForwardRows rows) {
  const Int64 row = blockIdx.x, octet = threadIdx.x, columns = rows.columns;
  const bool quads = rows.quads;
  Octet<X> x = Load(static_cast<const X*>(rows.x) + row * columns, octet, columns, quads);
  if (rows.branch != nullptr) x = AddBranch<X, Branch>(rows, row, octet, x);
  if (rows.normed == nullptr) return;
  const X mean = OverBlock<Plus>(SumOfOctet(x)) / static_cast<X>(columns);
  Octet<X> unit = Unit(x, mean, X(1), octet, columns);
  X squares = 0;
  for (int i = 0; i < kOctet; ++i) squares += unit.at[i] * unit.at[i];
  const X variance = OverBlock<Plus>(squares) / static_cast<X>(columns);
  const X scale = X(1) / Root(variance + static_cast<X>(rows.epsilon));
  const Octet<X> gain = Load(static_cast<const X*>(rows.gain), octet, columns, quads);
  const Octet<X> bias = Load(static_cast<const X*>(rows.norm_bias), octet, columns, quads);
  for (int i = 0; i < kOctet; ++i) unit.at[i] = unit.at[i] * scale * gain.at[i] + bias.at[i];
  Store(unit, static_cast<Normed*>(rows.normed) + row * columns, octet, columns, quads);
  if (threadIdx.x == 0 && rows.statistics != nullptr) {
    static_cast<X*>(rows.statistics)[2 * row] = mean;
    static_cast<X*>(rows.statistics)[2 * row + 1] = scale;
  }
}

// A thread's part of the sums over rows.
template <typename X>
struct ResidualSums {
  Octet<X> bias, gain, norm_bias;
};

// The gradient of what the norm is of.
template <typename X, typename Normed>
__device__ inline Octet<X> NormGradient(const ResidualBackwardRows& rows, Int64 row, Int64 octet,
                                        const Octet<X>& gain, ResidualSums<X>& sums) {
  const Int64 columns = rows.columns;
  const X* const statistics = static_cast<const X*>(rows.statistics) + 2 * row;
  const X scale = statistics[1];
  const Octet<X> x =
      Load(static_cast<const X*>(rows.normed_from) + row * columns, octet, columns, rows.quads);
  const Octet<X> unit = Unit(x, statistics[0], scale, octet, columns);
  Octet<X> d_normed =
      Load(static_cast<const Normed*>(rows.d_normed) + row * columns, octet, columns, rows.quads);
  AddTo(sums.norm_bias, d_normed);
  X total = 0, products = 0;
  for (int i = 0; i < kOctet; ++i) {
    sums.gain.at[i] += d_normed.at[i] * unit.at[i];
    d_normed.at[i] *= gain.at[i];
    total += d_normed.at[i];
    products += d_normed.at[i] * unit.at[i];
  }
  const X mean = OverBlock<Plus>(total) / static_cast<X>(columns);
  const X slope = OverBlock<Plus>(products) / static_cast<X>(columns);
  for (int i = 0; i < kOctet; ++i) {
    d_normed.at[i] = (d_normed.at[i] - mean - unit.at[i] * slope) * scale;
  }
  return d_normed;
}

template <typename X>
__device__ inline void StoreSums(const Octet<X>& sums, void* to, Int64 octet,
                                 const ResidualBackwardRows& rows) {
  if (to == nullptr) return;
  Store(sums, static_cast<X*>(to) + blockIdx.x * rows.columns, octet, rows.columns, rows.quads);
}

template <typename X, typename Branch, typename Normed>
__global__ void __launch_bounds__(kRowThreads) ResidualBackward(ResidualBackwardRows rows) {
  const Int64 octet = threadIdx.x, columns = rows.columns;
  const bool quads = rows.quads, norm = rows.d_normed != nullptr;
  const bool branch = rows.d_branch != nullptr || rows.d_bias != nullptr;
  const Generator generator = GeneratorOf(rows.mask);
  ResidualSums<X> sums{Zeros<X>(), Zeros<X>(), Zeros<X>()};
  Octet<X> gain = Zeros<X>();
  if (norm) gain = Load(static_cast<const X*>(rows.gain), octet, columns, quads);
  for (Int64 row = blockIdx.x; row < rows.rows; row += gridDim.x) {
    Octet<X> d_x = Zeros<X>();
    if (norm) d_x = NormGradient<X, Normed>(rows, row, octet, gain, sums);
    if (rows.d_sum != nullptr) {
      AddTo(d_x, Load(static_cast<const X*>(rows.d_sum) + row * columns, octet, columns, quads));
    }
    if (rows.d_x != nullptr) {
      Store(d_x, static_cast<X*>(rows.d_x) + row * columns, octet, columns, quads);
    }
    if (!branch) continue;
    Drop(generator, row, octet, d_x);
    AddTo(sums.bias, d_x);
    if (rows.d_branch != nullptr) {
      Store(d_x, static_cast<Branch*>(rows.d_branch) + row * columns, octet, columns, quads);
    }
  }
  StoreSums(sums.bias, rows.d_bias, octet, rows);
  StoreSums(sums.gain, rows.d_gain, octet, rows);
  StoreSums(sums.norm_bias, rows.d_norm_bias, octet, rows);
}

}  // namespace ablate::cuda

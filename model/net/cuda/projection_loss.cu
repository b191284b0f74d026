// Softmax, label smoothing and cross-entropy of rows of logits, whose place their gradients take.
#include "model/net/cuda/block_sum.cuh"
#include "model/net/cuda/octets.cuh"

namespace ablate::cuda {

template <typename Scalar>
struct LogitRow {
  Scalar* logits;
  const SumOf<Scalar>* bias;
  Int64 vocabulary;
  bool quads;

  __device__ Octet<SumOf<Scalar>> At(Int64 octet) const {
    Octet<SumOf<Scalar>> values = Load<Scalar>(logits, octet, vocabulary, quads);
    AddTo(values, Load(bias, octet, vocabulary, quads));
    return values;
  }
};

// Of logits that have been seen: their largest, the sum of exp(logit - largest), and their sum.
template <typename Sum>
struct LogitStatistics {
  Sum largest, exponentials, total;
};

template <typename Scalar>
__device__ inline LogitStatistics<SumOf<Scalar>> StatisticsOf(const LogitRow<Scalar>& row) {
  using Sum = SumOf<Scalar>;
  LogitStatistics<Sum> seen{-Infinity<Sum>(), 0, 0};
  for (Int64 octet = threadIdx.x; FirstColumn(octet) < row.vocabulary; octet += blockDim.x) {
    const Octet<Sum> values = row.At(octet);
    for (int i = 0; i < kOctet; ++i) {
      if (ColumnOf(octet, i) >= row.vocabulary) continue;
      const Sum value = values.at[i];
      seen.total += value;
      if (value > seen.largest) {
        seen.exponentials = seen.exponentials * Exp(seen.largest - value) + Sum(1);
        seen.largest = value;
      } else {
        seen.exponentials += Exp(value - seen.largest);
      }
    }
  }
  const Sum largest = OverBlock<Maximum>(seen.largest);
  const Sum exponentials = seen.exponentials * Exp(seen.largest - largest);
  return {largest, OverBlock<Plus>(exponentials), OverBlock<Plus>(seen.total)};
}

template <typename Scalar>
__device__ inline void Clear(const LogitRow<Scalar>& row) {
  for (Int64 octet = threadIdx.x; FirstColumn(octet) < row.vocabulary; octet += blockDim.x) {
    Store(Zeros<SumOf<Scalar>>(), row.logits, octet, row.vocabulary, row.quads);
  }
}

template <typename Scalar>
__global__ void __launch_bounds__(kMostThreads) ProjectionLoss(LogitRows rows) {
  using Sum = SumOf<Scalar>;
  const Int64 at = blockIdx.x, target = rows.targets[at];
  const LogitRow<Scalar> row{static_cast<Scalar*>(rows.logits) + at * rows.vocabulary,
                             static_cast<const Sum*>(rows.bias), rows.vocabulary, rows.quads};
  Sum* const loss = static_cast<Sum*>(rows.losses) + at;
  const bool counts = target != rows.ignored && target >= 0 && target < rows.vocabulary;
  if (!counts) {
    if (threadIdx.x == 0) *loss = target == rows.ignored ? Sum(0) : NotANumber<Sum>();
    if (rows.gradients) Clear(row);
    return;
  }
  const LogitStatistics<Sum> all = StatisticsOf(row);
  const Sum everywhere = static_cast<Sum>(rows.label_smoothing) / static_cast<Sum>(rows.vocabulary);
  const Sum at_target = Sum(1) - static_cast<Sum>(rows.label_smoothing);
  if (threadIdx.x == 0) {
    const Sum logit = Widen(row.logits[target]) + row.bias[target];
    *loss = all.largest + Log(all.exponentials) - at_target * logit - everywhere * all.total;
  }
  if (!rows.gradients) return;
  __syncthreads();  // before the target's logit is written over
  const Sum share = Sum(1) / all.exponentials, scale = static_cast<Sum>(rows.scale);
  for (Int64 octet = threadIdx.x; FirstColumn(octet) < rows.vocabulary; octet += blockDim.x) {
    Octet<Sum> values = row.At(octet);
    for (int i = 0; i < kOctet; ++i) {
      const Sum wanted = everywhere + (ColumnOf(octet, i) == target ? at_target : Sum(0));
      values.at[i] = (Exp(values.at[i] - all.largest) * share - wanted) * scale;
    }
    Store(values, row.logits, octet, rows.vocabulary, rows.quads);
  }
}

template <typename Scalar>
__global__ void Scale(ScaledNumbers given) {
  using Sum = SumOf<Scalar>;
  const Sum factor = *static_cast<const Sum*>(given.factor) * static_cast<Sum>(given.scale);
  if (factor == Sum(1)) return;
  Scalar* const numbers = static_cast<Scalar*>(given.numbers);
  const Int64 stride = static_cast<Int64>(gridDim.x) * blockDim.x;
  for (Int64 i = static_cast<Int64>(blockIdx.x) * blockDim.x + threadIdx.x; i < given.count;
       i += stride) {
    Narrow(Widen(numbers[i]) * factor, numbers[i]);
  }
}

}  // namespace ablate::cuda

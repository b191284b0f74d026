// dropout(scale * weight[ids] + positions[position_of]), and the gradient of weight: tokens in the
// order of their ids, so that each row of it is one block's sum in a fixed order, without atomics.
#include "model/net/cuda/philox.cuh"

namespace ablate::cuda {

template <typename Scalar>
__global__ void EmbeddingForward(EmbeddingForwardRows rows) {
  using Sum = SumOf<Scalar>;
  const Int64 token = blockIdx.x, columns = rows.columns;
  const Scalar* const weight = static_cast<const Scalar*>(rows.weight) + rows.ids[token] * columns;
  const Scalar* const position =
      static_cast<const Scalar*>(rows.positions) + rows.position_of[token] * columns;
  Scalar* const result = static_cast<Scalar*>(rows.result) + token * columns;
  const Generator generator = GeneratorOf(rows.mask);
  for (Int64 octet = threadIdx.x; FirstColumn(octet) < columns; octet += blockDim.x) {
    Octet<Sum> values = Load(weight, octet, columns, rows.quads);
    const Octet<Sum> added = Load(position, octet, columns, rows.quads);
    for (int i = 0; i < kOctet; ++i) {
      values.at[i] = values.at[i] * static_cast<Sum>(rows.scale) + added.at[i];
    }
    Drop(generator, token, octet, values);
    Store(values, result, octet, columns, rows.quads);
  }
}

template <typename Scalar>
__global__ void EmbeddingBackward(EmbeddingBackwardRows rows) {
  using Sum = SumOf<Scalar>;
  const Int64 first = blockIdx.x, columns = rows.columns;
  const Int64 id = rows.sorted_ids[first];
  if (id == rows.padding || (first > 0 && rows.sorted_ids[first - 1] == id)) return;
  const Generator generator = GeneratorOf(rows.mask);
  for (Int64 octet = threadIdx.x; FirstColumn(octet) < columns; octet += blockDim.x) {
    Octet<Sum> sum = Zeros<Sum>();
    for (Int64 i = first; i < rows.tokens && rows.sorted_ids[i] == id; ++i) {
      const Int64 token = rows.token_of[i];
      Octet<Sum> values = Load(static_cast<const Scalar*>(rows.d_result) + token * columns, octet,
                               columns, rows.quads);
      Drop(generator, token, octet, values);
      AddTo(sum, values);
    }
    for (int i = 0; i < kOctet; ++i) sum.at[i] *= static_cast<Sum>(rows.scale);
    Store(sum, static_cast<Scalar*>(rows.d_weight) + id * columns, octet, columns, rows.quads);
  }
}

}  // namespace ablate::cuda

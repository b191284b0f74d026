// dropout(scale * weight[ids] + positions[position_of]), and the gradient of weight: tokens in the
// order of their ids, cut into parts, so that each row of it is a sum in a fixed order, without
// atomics, and no block sums more than a part of what a frequent id has.
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

// The tokens of an id follow each other: its run.
__device__ inline bool BeginsRun(const EmbeddingBackwardRows& rows, Int64 i) {
  return i == 0 || rows.sorted_ids[i - 1] != rows.sorted_ids[i];
}

template <typename Sum>
__device__ inline Sum* PartialSum(const EmbeddingBackwardRows& rows, Int64 part, bool begins) {
  return static_cast<Sum*>(rows.partial) + (2 * part + (begins ? 1 : 0)) * rows.columns;
}

template <typename Scalar>
__device__ inline void StoreGradient(const EmbeddingBackwardRows& rows, Int64 id, Int64 octet,
                                     Octet<SumOf<Scalar>> sum) {
  for (int i = 0; i < kOctet; ++i) sum.at[i] *= static_cast<SumOf<Scalar>>(rows.scale);
  Store(sum, static_cast<Scalar*>(rows.d_weight) + id * rows.columns, octet, rows.columns,
        rows.quads);
}

template <typename Scalar>
__global__ void EmbeddingBackward(EmbeddingBackwardRows rows) {
  using Sum = SumOf<Scalar>;
  const Int64 first = blockIdx.x, columns = rows.columns, id = rows.sorted_ids[first];
  const bool begins = BeginsRun(rows, first);
  if (id == rows.padding || !(begins || first % kEmbeddingPart == 0)) return;
  const Int64 part = first / kEmbeddingPart;
  Int64 end = first + 1;
  while (end < rows.tokens && end / kEmbeddingPart == part && rows.sorted_ids[end] == id) ++end;
  const bool whole = begins && (end == rows.tokens || rows.sorted_ids[end] != id);
  const Generator generator = GeneratorOf(rows.mask);
  for (Int64 octet = threadIdx.x; FirstColumn(octet) < columns; octet += blockDim.x) {
    Octet<Sum> sum = Zeros<Sum>();
    for (Int64 i = first; i < end; ++i) {
      const Int64 token = rows.token_of[i];
      Octet<Sum> values = Load(static_cast<const Scalar*>(rows.d_result) + token * columns, octet,
                               columns, rows.quads);
      Drop(generator, token, octet, values);
      AddTo(sum, values);
    }
    if (whole) {
      StoreGradient<Scalar>(rows, id, octet, sum);
    } else {
      Store(sum, PartialSum<Sum>(rows, part, begins), octet, columns, rows.quads);
    }
  }
}

// Adds up the parts of the run, if any, that begins in a block's part and goes on in the next.
template <typename Scalar>
__global__ void EmbeddingBackwardOverParts(EmbeddingBackwardRows rows) {
  using Sum = SumOf<Scalar>;
  const Int64 part = blockIdx.x, columns = rows.columns;
  const Int64 first = part * kEmbeddingPart, next = first + kEmbeddingPart;
  if (next >= rows.tokens || BeginsRun(rows, next)) return;
  const Int64 id = rows.sorted_ids[next];
  const bool begins_before = rows.sorted_ids[first] == id && !BeginsRun(rows, first);
  if (id == rows.padding || begins_before) return;
  for (Int64 octet = threadIdx.x; FirstColumn(octet) < columns; octet += blockDim.x) {
    Octet<Sum> sum = Load(PartialSum<Sum>(rows, part, true), octet, columns, rows.quads);
    for (Int64 i = next; i < rows.tokens && rows.sorted_ids[i] == id; i += kEmbeddingPart) {
      AddTo(sum,
            Load(PartialSum<Sum>(rows, i / kEmbeddingPart, false), octet, columns, rows.quads));
    }
    StoreGradient<Scalar>(rows, id, octet, sum);
  }
}

}  // namespace ablate::cuda

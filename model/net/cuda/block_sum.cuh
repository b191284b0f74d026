// Sums and maxima over the threads of a block, the same to all of them, in a fixed order. Blocks
// are of whole warps; all of their threads call.
#pragma once

namespace ablate::cuda {

inline constexpr int kWarp = 32;

struct Plus {
  template <typename Number>
  __device__ static Number Of(Number a, Number b) {
    return a + b;
  }
};
struct Maximum {
  template <typename Number>
  __device__ static Number Of(Number a, Number b) {
    return a > b ? a : b;
  }
};

template <typename Operation, typename Number>
__device__ inline Number OverWarp(Number value) {
  for (int distance = kWarp / 2; distance > 0; distance /= 2) {
    value = Operation::Of(value, __shfl_xor_sync(0xFFFFFFFFU, value, distance));
  }
  return value;
}

template <typename Operation, typename Number>
__device__ inline Number OverBlock(Number value) {
  value = OverWarp<Operation>(value);
  const int warps = static_cast<int>(blockDim.x) / kWarp;
  if (warps == 1) return value;
  __shared__ Number of_warps[kWarp];
  if (threadIdx.x % kWarp == 0) of_warps[threadIdx.x / kWarp] = value;
  __syncthreads();
  Number result = of_warps[0];
  for (int warp = 1; warp < warps; ++warp) result = Operation::Of(result, of_warps[warp]);
  __syncthreads();  // before the next one writes
  return result;
}

}  // namespace ablate::cuda

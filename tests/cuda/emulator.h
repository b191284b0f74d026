// CUDA's threads on a CPU, for kernels that are included after this header: each thread of a block
// is a fiber, blocks run one after the other. Knows what our kernels use, and no more.
//
// Threads run one at a time, from barrier to barrier, in ascending or descending order: kernels
// whose results depend on the order lack a barrier. Threads that wait for ever throw.
#pragma once

#include <c10/util/Half.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <functional>

#define __global__
#define __device__
#define __shared__ static
#define __launch_bounds__(threads)

namespace ablate::cuda::emulation {

struct Index {
  unsigned int x = 0, y = 0, z = 0;
};

enum class Order { kAscending, kDescending };

struct Grid {
  Index blocks;
  unsigned int threads = 0;  // of a block
  Order order = Order::kAscending;
};

// Runs `kernel` in every thread of the grid. Throws std::logic_error where threads of a block wait
// at a barrier that others do not come to.
void RunGrid(const Grid& grid, const std::function<void()>& kernel);

// The running thread's.
inline Index thread_index, block_index, block_size, grid_size;

void AwaitBlock();
// Hands `word` over to the warp's thread of that lane, XOR `distance`, whose own it returns.
uint64_t Exchange(uint64_t word, int distance);

}  // namespace ablate::cuda::emulation

#define threadIdx (::ablate::cuda::emulation::thread_index)
#define blockIdx (::ablate::cuda::emulation::block_index)
#define blockDim (::ablate::cuda::emulation::block_size)
#define gridDim (::ablate::cuda::emulation::grid_size)

inline void __syncthreads() { ablate::cuda::emulation::AwaitBlock(); }

template <typename Number>
Number __shfl_xor_sync(unsigned int /*mask*/, Number number, int distance) {
  uint64_t word = 0;
  std::memcpy(&word, &number, sizeof(number));
  word = ablate::cuda::emulation::Exchange(word, distance);
  std::memcpy(&number, &word, sizeof(number));
  return number;
}

inline double __longlong_as_double(long long bits) { return std::bit_cast<double>(bits); }

namespace ablate::cuda {

inline unsigned int BitsOf(float x) { return std::bit_cast<unsigned int>(x); }
inline float FloatOf(unsigned int bits) { return std::bit_cast<float>(bits); }
inline float FloatOfHalf(unsigned short bits) { return c10::detail::fp16_ieee_to_fp32_value(bits); }
inline unsigned short HalfOfFloat(float x) { return c10::detail::fp16_ieee_from_fp32_value(x); }

}  // namespace ablate::cuda

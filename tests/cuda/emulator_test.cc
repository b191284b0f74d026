// That the emulator runs threads as CUDA does, and finds what is wrong with kernels.
#include "tests/cuda/emulator.h"

#include <gtest/gtest.h>

#include <numeric>
#include <stdexcept>
#include <vector>

#include "model/net/cuda/block_sum.cuh"

namespace ablate::cuda {
namespace {

using emulation::Grid;
using emulation::Order;
using emulation::RunGrid;

constexpr Order kOrders[] = {Order::kAscending, Order::kDescending};

TEST(EmulatorTest, EveryThreadOfEveryBlockRunsOnce) {
  std::vector<int> runs(3 * 2 * 64);
  RunGrid({.blocks = {3, 2, 1}, .threads = 64},
          [&] { ++runs[(blockIdx.y * gridDim.x + blockIdx.x) * blockDim.x + threadIdx.x]; });
  EXPECT_EQ(runs, std::vector<int>(3 * 2 * 64, 1));
}

TEST(EmulatorTest, ABlockSumsOverItsThreads) {
  for (const Order order : kOrders) {
    for (const unsigned int threads : {32U, 64U, 1024U}) {
      std::vector<double> sums(threads), largest(threads);
      RunGrid({.blocks = {2, 1, 1}, .threads = threads, .order = order}, [&] {
        const double mine = threadIdx.x + 1;
        sums[threadIdx.x] = OverBlock<Plus>(mine);
        largest[threadIdx.x] = OverBlock<Maximum>(mine);
      });
      EXPECT_EQ(sums, std::vector<double>(threads, threads * (threads + 1) / 2.0));
      EXPECT_EQ(largest, std::vector<double>(threads, threads));
    }
  }
}

// A neighbour's number, read with a barrier and without.
std::vector<int> Neighbours(Order order, bool barrier) {
  std::vector<int> shared(64, -1), read(64);
  RunGrid({.blocks = {1, 1, 1}, .threads = 64, .order = order}, [&] {
    shared[threadIdx.x] = static_cast<int>(threadIdx.x);
    if (barrier) __syncthreads();
    read[threadIdx.x] = shared[(threadIdx.x + 1) % 64];
  });
  return read;
}

TEST(EmulatorTest, AMissingBarrierMakesTheOrderMatter) {
  EXPECT_EQ(Neighbours(Order::kAscending, true), Neighbours(Order::kDescending, true));
  EXPECT_NE(Neighbours(Order::kAscending, false), Neighbours(Order::kDescending, false));
}

TEST(EmulatorTest, ABarrierThatNotAllComeToIsFound) {
  const auto some = [] {
    if (threadIdx.x != 7) __syncthreads();
  };
  EXPECT_THROW(RunGrid({.blocks = {1, 1, 1}, .threads = 32}, some), std::logic_error);
  const auto a_lane_is_missing = [] {
    if (threadIdx.x % 32 != 7) OverWarp<Plus>(1.0);
  };
  EXPECT_THROW(RunGrid({.blocks = {1, 1, 1}, .threads = 64}, a_lane_is_missing), std::logic_error);
}

}  // namespace
}  // namespace ablate::cuda

#include "model/net/fused/parallel.h"

#include <ATen/Parallel.h>
#include <c10/util/ParallelGuard.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace ablate::fused {
namespace {

using Ranges = std::vector<std::pair<int64_t, int64_t>>;

class ParallelForTest : public testing::Test {
 protected:
  void SetUp() override { at::set_num_threads(3); }
  void TearDown() override { at::set_num_threads(threads_before_); }

  // The ranges of a loop, in their order, and the threads that they ran on.
  Ranges Run(int64_t begin, int64_t end, int64_t grain) {
    Ranges ranges;
    std::mutex mutex;
    ParallelFor(begin, end, grain, [&](int64_t from, int64_t to) {
      const std::lock_guard lock(mutex);
      in_loop_ = in_loop_ && c10::ParallelGuard::is_enabled();
      in_region_ = in_region_ && at::in_parallel_region();
      ranges.emplace_back(from, to);
      ids_.insert(at::get_thread_num());
      threads_.insert(std::this_thread::get_id());
    });
    EXPECT_TRUE(in_loop_);
    EXPECT_FALSE(c10::ParallelGuard::is_enabled());
    std::ranges::sort(ranges);
    return ranges;
  }

  bool in_loop_ = true, in_region_ = true;
  int threads_before_ = at::get_num_threads();
  std::set<int> ids_;
  std::set<std::thread::id> threads_;
};

TEST_F(ParallelForTest, SplitsALoopOverLibTorchsThreads) {
  EXPECT_EQ(Run(5, 15, 1), (Ranges{{5, 9}, {9, 13}, {13, 15}}));
  EXPECT_EQ(ids_, (std::set<int>{0, 1, 2}));
  EXPECT_EQ(threads_.size(), 3);
  EXPECT_TRUE(in_region_);  // what is called there starts no threads of its own
}

TEST_F(ParallelForTest, HasNoMorePartsThanGrains) {
  EXPECT_EQ(Run(0, 10, 6), (Ranges{{0, 5}, {5, 10}}));
  EXPECT_EQ(Run(0, 10, 10), (Ranges{{0, 10}}));
  EXPECT_EQ(Run(0, 2, 0), (Ranges{{0, 1}, {1, 2}}));
  EXPECT_EQ(Run(3, 3, 1), Ranges{});
  EXPECT_EQ(Run(4, 3, 1), Ranges{});
}

TEST_F(ParallelForTest, IsSerialOnOneThreadAndInsideAnotherLoop) {
  ParallelFor(0, 2, 1, [](int64_t, int64_t) {
    const auto here = std::this_thread::get_id();
    const int id = at::get_thread_num();
    int calls = 0;
    ParallelFor(0, 100, 1, [&](int64_t from, int64_t to) {
      ++calls;
      EXPECT_EQ(std::this_thread::get_id(), here);
      EXPECT_EQ(at::get_thread_num(), 0);
      EXPECT_EQ(std::make_pair(from, to), std::make_pair(int64_t{0}, int64_t{100}));
    });
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(at::get_thread_num(), id);
    EXPECT_TRUE(c10::ParallelGuard::is_enabled());
  });
  at::set_num_threads(1);
  EXPECT_EQ(Run(0, 100, 1), (Ranges{{0, 100}}));
}

TEST_F(ParallelForTest, ThrowsAnErrorOfAnyThreadOnceAllHaveEnded) {
  for (int64_t bad = 0; bad < 3; ++bad) {
    std::atomic<int> ended = 0;
    EXPECT_THROW(ParallelFor(0, 3, 1,
                             [&](int64_t from, int64_t) {
                               if (from == bad) throw std::runtime_error("no");
                               ++ended;
                             }),
                 std::runtime_error);
    EXPECT_EQ(ended, 2);
    EXPECT_FALSE(c10::ParallelGuard::is_enabled());
  }
}

}  // namespace
}  // namespace ablate::fused

#include "harness/train/memory.h"

#include <ATen/ATen.h>
#include <c10/core/CPUAllocator.h>
#include <gtest/gtest.h>

#include "harness/train/counting_allocator.h"
#include "harness/train/out_of_memory.h"

namespace ablate {
namespace {

constexpr int64_t kFloats = 1 << 20;
constexpr int64_t kBytes = kFloats * 4;

class MemoryTest : public ::testing::Test {
 protected:
  void SetUp() override { InstallCountingAllocator(); }
};

TEST_F(MemoryTest, CountsEachLiveByteOfTensors) {
  const int64_t before = LiveCpuBytes();
  at::Tensor tensor = at::empty({kFloats});
  EXPECT_EQ(LiveCpuBytes(), before + kBytes);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(tensor.data_ptr()) % 64, 0u);
  tensor.reset();
  EXPECT_EQ(LiveCpuBytes(), before);
  EXPECT_EQ(at::empty({0}).numel(), 0);
}

TEST_F(MemoryTest, ResizingKeepsCount) {
  const int64_t before = LiveCpuBytes();
  at::Tensor tensor = at::ones({10});
  tensor.resize_({kFloats});
  EXPECT_EQ(LiveCpuBytes(), before + kBytes);
  EXPECT_EQ(tensor[9].item<float>(), 1);
}

TEST_F(MemoryTest, LeavesPausesOut) {
  MemoryMeter meter(at::kCPU);
  meter.Reset();
  const int64_t start = LiveCpuBytes();
  at::empty({kFloats});
  meter.Pause();
  at::empty({4 * kFloats});
  EXPECT_EQ(meter.peaks().device_allocated_bytes, start + kBytes);
  meter.Resume();
  EXPECT_EQ(meter.peaks().device_allocated_bytes, start + kBytes);
  at::empty({2 * kFloats});
  EXPECT_EQ(meter.peaks().device_allocated_bytes, start + 2 * kBytes);
  EXPECT_FALSE(meter.peaks().device_reserved_bytes);
}

TEST_F(MemoryTest, RunningOutIsAnExceptionOfItsOwn) {
  EXPECT_THROW(at::empty({int64_t{1} << 50}), c10::OutOfMemoryError);
}

// Which a run on a GPU has for its host memory.
TEST(DefaultAllocatorTest, SaysThatMemoryRanOut) {
  try {
    c10::GetDefaultCPUAllocator()->allocate(size_t{1} << 50);
    FAIL() << "there is a pebibyte";
  } catch (const c10::Error& error) {
    EXPECT_TRUE(SaysOutOfMemory(error.what_without_backtrace())) << error.what_without_backtrace();
  }
}

}  // namespace
}  // namespace ablate

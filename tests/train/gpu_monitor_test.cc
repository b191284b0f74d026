#include "harness/train/gpu_monitor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace ablate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::unique_ptr<NvmlDevice> Fake() { return NvmlDevice::Open("GPU-fake", ABLATE_FAKE_NVML); }

GpuObservations Observe(const char* state) {
  setenv("FAKE_NVML", state, 1);
  GpuMonitor monitor(Fake());
  monitor.Start(std::chrono::milliseconds(1));
  const GpuObservations observations = monitor.Stop();
  unsetenv("FAKE_NVML");
  return observations;
}

TEST(NvmlTest, IsAbsentWithoutLibraryDriverOrDevice) {
  EXPECT_EQ(NvmlDevice::Open("GPU-fake", "libno-such-library.so"), nullptr);
  EXPECT_EQ(NvmlDevice::Open("GPU-other", ABLATE_FAKE_NVML), nullptr);
  setenv("FAKE_NVML", "no_driver", 1);
  EXPECT_EQ(Fake(), nullptr);
  unsetenv("FAKE_NVML");
}

TEST(NvmlTest, LeavesAbsentWhatTheDriverDoesNotOffer) {
  const GpuDescription gpu = Fake()->Describe();
  EXPECT_EQ(gpu.name, "Fake GPU");
  EXPECT_EQ(gpu.driver, "580.1");
  EXPECT_EQ(gpu.power_limit_w, 350.5);
  EXPECT_FALSE(gpu.mig);  // the fake has no such function
  EXPECT_FALSE(gpu.memory_bytes);
}

TEST(GpuMonitorTest, FindsNothingWrongWithAFairRun) {
  const GpuObservations seen = Observe("");
  EXPECT_THAT(seen.invalid_because, IsEmpty());
  EXPECT_THAT(seen.notes, IsEmpty());
  EXPECT_EQ(seen.process_bytes, 1 << 20);
  EXPECT_EQ(seen.energy_j, 2.5);
}

TEST(GpuMonitorTest, AnUnfairRunIsInvalidWithItsReason) {
  EXPECT_THAT(Observe("thermal").invalid_because, ElementsAre(HasSubstr("too hot")));
  EXPECT_THAT(Observe("brake").invalid_because, ElementsAre(HasSubstr("power brake")));
  EXPECT_THAT(Observe("slowdown").invalid_because, ElementsAre(HasSubstr("hardware slowed")));
  EXPECT_THAT(Observe("ecc").invalid_because, ElementsAre(HasSubstr("uncorrectable")));
  EXPECT_THAT(Observe("foreign").invalid_because, ElementsAre(HasSubstr("other processes")));
}

TEST(GpuMonitorTest, APowerCapIsNotedOnly) {
  const GpuObservations seen = Observe("cap");
  EXPECT_THAT(seen.invalid_because, IsEmpty());
  EXPECT_THAT(seen.notes, ElementsAre(HasSubstr("power cap")));
}

TEST(GpuMonitorTest, ObservesNothingWithoutADevice) {
  GpuMonitor monitor(nullptr);
  monitor.Start();
  const GpuObservations seen = monitor.Stop();
  EXPECT_FALSE(seen.energy_j);
  EXPECT_FALSE(seen.process_bytes);
}

}  // namespace
}  // namespace ablate

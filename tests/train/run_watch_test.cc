#include "harness/train/run_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace ablate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::unique_ptr<NvmlDevice> Fake() { return NvmlDevice::Open("GPU-fake", ABLATE_FAKE_NVML); }

TEST(RunWatchTest, SeesTheHostWhereThereIsNoGpu) {
  RunWatch watch(nullptr);
  watch.Start(/*on_processors=*/true);
  volatile double sum = 0;
  for (int i = 0; i < 30'000'000; ++i) sum = sum + 1;
  const Surroundings seen = watch.Stop();
  EXPECT_GT(seen.host.own, 0);
  EXPECT_GE(seen.host.total, seen.host.own);
  EXPECT_FALSE(seen.gpu.energy_j);
  EXPECT_THAT(seen.gpu.notes, IsEmpty());
}

TEST(RunWatchTest, TellsTheLogWhatDisturbedTheGpu) {
  setenv("FAKE_NVML", "thermal cap", 1);
  RunWatch watch(Fake());
  watch.Start(/*on_processors=*/false);
  ::testing::internal::CaptureStderr();
  const Surroundings seen = watch.Stop();
  const std::string log = ::testing::internal::GetCapturedStderr();
  unsetenv("FAKE_NVML");
  EXPECT_THAT(seen.gpu.invalid_because, ElementsAre(HasSubstr("too hot")));
  EXPECT_THAT(log, HasSubstr("too hot"));
  EXPECT_THAT(log, HasSubstr("power cap"));
}

// As of a run that ran out of memory while it was set up.
TEST(RunWatchTest, SeesWhoElseUsedTheGpuOfARunThatNeverTrained) {
  setenv("FAKE_NVML", "foreign", 1);
  RunWatch watch(Fake());
  const Surroundings seen = watch.Stop();
  unsetenv("FAKE_NVML");
  EXPECT_TRUE(seen.gpu.outcome_is_suspect);
  EXPECT_FALSE(seen.gpu.energy_j);
}

}  // namespace
}  // namespace ablate

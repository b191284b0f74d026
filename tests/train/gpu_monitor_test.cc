#include "harness/train/gpu_monitor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

namespace ablate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::unique_ptr<NvmlDevice> Fake() { return NvmlDevice::Open("GPU-fake", ABLATE_FAKE_NVML); }

// The GPU's state while the monitor is made, while it starts, and while it is stopped.
GpuObservations Observe(const char* before, const char* start, const char* stop) {
  setenv("FAKE_NVML", before, 1);
  GpuMonitor monitor(Fake());
  setenv("FAKE_NVML", start, 1);
  monitor.Start(std::chrono::hours(1));
  setenv("FAKE_NVML", stop, 1);
  const GpuObservations observations = monitor.Stop();
  unsetenv("FAKE_NVML");
  return observations;
}

GpuObservations Observe(const char* state) { return Observe(state, state, state); }

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

TEST(GpuMonitorTest, OnlyWhatTouchesMemoryMakesTheOutcomeSuspect) {
  for (const char* state : {"ecc", "foreign", "ecc thermal"})
    EXPECT_TRUE(Observe(state).outcome_is_suspect) << state;
  for (const char* state : {"", "thermal", "brake", "slowdown", "cap"})
    EXPECT_FALSE(Observe(state).outcome_is_suspect) << state;
}

TEST(GpuMonitorTest, KnowsOurProcessByAnotherNumber) {
  GpuObservations seen = Observe("unlisted", "renumbered", "renumbered");
  EXPECT_THAT(seen.invalid_because, IsEmpty());
  EXPECT_THAT(seen.notes, IsEmpty());
  EXPECT_EQ(seen.process_bytes, 1 << 20);
  seen = Observe("unlisted foreign", "renumbered foreign", "renumbered foreign");
  EXPECT_THAT(seen.invalid_because, ElementsAre("other processes used the GPU: 1"));
}

TEST(GpuMonitorTest, SeesAnotherProcessThatComesLater) {
  EXPECT_THAT(Observe("", "", "foreign").invalid_because,
              ElementsAre("other processes used the GPU: 1"));
}

TEST(GpuMonitorTest, JudgesNoOtherProcessWhereOursIsNotListed) {
  for (const GpuObservations& seen :
       {Observe("unlisted"), Observe("unlisted foreign"), Observe("no_processes"),
        Observe("unlisted", "unlisted foreign second", "unlisted foreign second"),
        Observe("unlisted", "unlisted", "unlisted foreign")}) {
    EXPECT_THAT(seen.invalid_because, IsEmpty());
    EXPECT_THAT(seen.notes, ElementsAre(HasSubstr("does not list this process")));
    EXPECT_FALSE(seen.process_bytes);
  }
}

// In a container, where a process outside, known by the number that is ours inside, came first.
TEST(GpuMonitorTest, TellsOurProcessFromANamesakeOutside) {
  const GpuObservations seen =
      Observe("unlisted namesake", "renumbered namesake", "renumbered namesake");
  EXPECT_THAT(seen.invalid_because,
              ElementsAre("other processes used the GPU: " + std::to_string(getpid())));
  EXPECT_EQ(seen.process_bytes, 1 << 20);
}

TEST(GpuMonitorTest, TakesNoAnswerForNoVerdict) {
  for (const GpuObservations& seen :
       {Observe("", "", "no_processes"), Observe("", "", "no_processes foreign"),
        Observe("unlisted", "renumbered", "no_processes"),
        Observe("unlisted", "renumbered", "unlisted foreign")}) {
    EXPECT_THAT(seen.invalid_because, IsEmpty());
    EXPECT_THAT(seen.notes, ElementsAre(HasSubstr("looks NVML did not list this process")));
  }
}

// Who was there before us is not known, so a number that isn't ours may be anybody's.
TEST(GpuMonitorTest, TakesNoStrangerForUsWhereTheFirstLookFailed) {
  for (const GpuObservations& seen :
       {Observe("no_processes", "renumbered", "renumbered"),
        Observe("no_processes", "unlisted foreign", "unlisted foreign"),
        Observe("no_processes", "no_processes", "foreign")}) {
    EXPECT_THAT(seen.invalid_because, IsEmpty());
    EXPECT_THAT(seen.notes, ElementsAre(HasSubstr("does not list this process")));
  }
  EXPECT_THAT(Observe("no_processes", "foreign", "foreign").invalid_because,
              ElementsAre("other processes used the GPU: 1"));
}

// A run that failed before it trained.
TEST(GpuMonitorTest, LooksBackWhereItWasNeverStarted) {
  const auto look_back = [](const char* before, const char* now) {
    setenv("FAKE_NVML", before, 1);
    GpuMonitor monitor(Fake());
    setenv("FAKE_NVML", now, 1);
    const GpuObservations seen = monitor.Stop();
    unsetenv("FAKE_NVML");
    return seen;
  };
  const GpuObservations fair = look_back("unlisted", "");
  EXPECT_THAT(fair.invalid_because, IsEmpty());
  EXPECT_THAT(fair.notes, IsEmpty());
  EXPECT_FALSE(fair.energy_j);
  for (const GpuObservations& seen :
       {look_back("unlisted", "foreign"), look_back("unlisted foreign", "")}) {
    EXPECT_THAT(seen.invalid_because, ElementsAre("other processes used the GPU: 1"));
    EXPECT_TRUE(seen.outcome_is_suspect);
  }
  EXPECT_THAT(look_back("unlisted foreign", "unlisted foreign").notes,
              ElementsAre(HasSubstr("does not list this process")));
}

TEST(GpuMonitorTest, SaysWhereASlowDownWouldGoUnseen) {
  const GpuObservations seen = Observe("no_reasons thermal");
  EXPECT_THAT(seen.invalid_because, IsEmpty());
  EXPECT_THAT(seen.notes, ElementsAre(HasSubstr("a slow-down may have gone unseen")));
}

TEST(GpuMonitorTest, JudgesAllElseWhereOurProcessIsNotListed) {
  const GpuObservations seen = Observe("unlisted foreign thermal");
  EXPECT_THAT(seen.invalid_because, ElementsAre(HasSubstr("too hot")));
  EXPECT_EQ(seen.power_w.count, 2);
}

TEST(GpuMonitorTest, SamplesClocksAndPower) {
  const GpuObservations seen = Observe("");
  EXPECT_EQ(seen.sm_clock_mhz.Min(), 1500);
  EXPECT_EQ(seen.sm_clock_mhz.Mean(), 1740);
  EXPECT_EQ(seen.memory_clock_mhz.Min(), 1000);
  EXPECT_EQ(seen.memory_clock_mhz.Mean(), 1809.5);
  EXPECT_EQ(seen.power_w.Mean(), 525.25);
  EXPECT_EQ(seen.power_w.Max(), 700.5);
}

TEST(GpuMonitorTest, LeavesOutClocksAndPowerThatTheDriverDoesNotTell) {
  const GpuObservations seen = Observe("no_readings");
  EXPECT_FALSE(seen.sm_clock_mhz.Min());
  EXPECT_FALSE(seen.memory_clock_mhz.Mean());
  EXPECT_FALSE(seen.power_w.Max());
  EXPECT_THAT(seen.invalid_because, IsEmpty());
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

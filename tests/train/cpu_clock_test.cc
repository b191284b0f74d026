#include "harness/train/cpu_clock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "tests/support/process.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Tells the next number at each look, and the last one from then on.
class FakeClock final : public CpuClock {
 public:
  FakeClock(std::vector<std::optional<double>> mhz, std::optional<double> base,
            std::atomic<size_t>& looks)
      : mhz_(std::move(mhz)), base_(base), looks_(looks) {}
  std::optional<double> FastestMhz() const override {
    return mhz_[std::min(looks_++, mhz_.size() - 1)];
  }
  std::optional<double> BaseMhz() const override { return base_; }

 private:
  const std::vector<std::optional<double>> mhz_;
  const std::optional<double> base_;
  std::atomic<size_t>& looks_;
};

std::vector<std::string> Notes(const std::vector<std::optional<double>>& mhz,
                               std::optional<double> base = std::nullopt) {
  std::atomic<size_t> looks = 0;
  CpuClockMonitor monitor(std::make_unique<FakeClock>(mhz, base, looks));
  monitor.Start(std::chrono::milliseconds(1));
  while (looks < mhz.size()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return monitor.Stop();
}

TEST(CpuClockMonitorTest, ASteadyClockIsNoNews) {
  EXPECT_THAT(Notes({2100}), IsEmpty());
  EXPECT_THAT(Notes({2100, 2100}, 2100), IsEmpty());
  EXPECT_THAT(Notes({3000, 2750}), IsEmpty());
  EXPECT_THAT(Notes({3000}, 2000), IsEmpty());
  EXPECT_THAT(Notes({2095}, 2100), IsEmpty());
}

TEST(CpuClockMonitorTest, NotesAClockThatVaried) {
  EXPECT_THAT(Notes({3000, 2400, 3400}),
              ElementsAre("the processors' clock varied from 2400 to 3400 MHz"));
}

TEST(CpuClockMonitorTest, NotesAClockBelowItsBase) {
  EXPECT_THAT(Notes({1800}, 2100),
              ElementsAre("the processors' clock was 1800 MHz in the mean, below its base of 2100 "
                          "MHz"));
}

TEST(CpuClockMonitorTest, SaysNothingWhereTheSystemTellsNothing) {
  EXPECT_THAT(Notes({std::nullopt}, 2100), IsEmpty());
  EXPECT_THAT(CpuClockMonitor().Stop(), IsEmpty());
}

class SystemCpuClockTest : public ::testing::Test {
 protected:
  void Write(const fs::path& path, const std::string& text) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  std::unique_ptr<CpuClock> Clock() const { return SystemCpuClock(root_); }

  const fs::path root_ = testing::TemporaryFolder();
  const int cpu_ = sched_getcpu();  // one that this process may use
  const fs::path folder_ = fs::path("sys/devices/system/cpu") / ("cpu" + std::to_string(cpu_));
};

TEST_F(SystemCpuClockTest, ReadsTheScalingDriver) {
  Write(folder_ / "cpufreq" / "scaling_cur_freq", "3400000\n");
  Write(folder_ / "cpufreq" / "base_frequency", "2900000\n");
  Write("proc/cpuinfo", "cpu MHz\t\t: 1.0\n");
  EXPECT_EQ(Clock()->FastestMhz(), 3400);
  EXPECT_EQ(Clock()->BaseMhz(), 2900);
}

TEST_F(SystemCpuClockTest, ReadsTheNominalFrequencyOfTheFirmware) {
  Write(folder_ / "acpi_cppc" / "nominal_freq", "2450\n");
  EXPECT_EQ(Clock()->BaseMhz(), 2450);
}

TEST_F(SystemCpuClockTest, ReadsCpuinfoWhereThereIsNoScalingDriver) {
  const std::string own = std::to_string(cpu_);
  Write("proc/cpuinfo", "processor\t: " + own +
                            "\nmodel name\t: Some(R) CPU @ 2.20GHz\ncpu MHz\t\t: 2199.998\n\n"
                            "processor\t: 99999\nmodel name\t: Some(R) CPU @ 2.20GHz\n"
                            "cpu MHz\t\t: 3000.000\n");
  EXPECT_EQ(Clock()->FastestMhz(), 2199.998);  // the other is not ours
  EXPECT_EQ(Clock()->BaseMhz(), 2200);
}

TEST_F(SystemCpuClockTest, ReadsNothingWhereThereIsNothing) {
  EXPECT_FALSE(Clock()->FastestMhz());
  EXPECT_FALSE(Clock()->BaseMhz());
  Write("proc/cpuinfo", "processor\t: " + std::to_string(cpu_) + "\nmodel name\t:\nflags\n");
  EXPECT_FALSE(Clock()->FastestMhz());
  EXPECT_FALSE(Clock()->BaseMhz());
}

}  // namespace
}  // namespace ablate

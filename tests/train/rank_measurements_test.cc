#include "harness/train/rank_measurements.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>
#include <vector>

namespace ablate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

int64_t FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  bind(fd, reinterpret_cast<sockaddr*>(&address), size);
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  close(fd);
  return ntohs(address.sin_port);
}

// What each rank gets; ranks are threads here.
std::vector<RankMeasurements> CombinedOf(std::vector<RankMeasurements> ranks) {
  const int64_t port = FreePort();
  std::vector<std::thread> threads;
  for (size_t rank = 0; rank < ranks.size(); ++rank) {
    threads.emplace_back([&, rank] {
      const RankEnvironment environment = {.rank = static_cast<int64_t>(rank),
                                           .world_size = static_cast<int64_t>(ranks.size()),
                                           .master_port = port};
      Ranks group(environment, at::kCPU, 60);
      ranks[rank] = Combined(ranks[rank], group, at::kCPU);
      group.Barrier();
    });
  }
  for (std::thread& thread : threads) thread.join();
  return ranks;
}

RankMeasurements Measured(int64_t bytes, double energy_j, std::vector<double> mhz) {
  RankMeasurements measured;
  measured.memory = {bytes, 2 * bytes, 3 * bytes};
  measured.gpu.energy_j = energy_j;
  measured.gpu.process_bytes = 4 * bytes;
  for (const double sample : mhz) measured.gpu.sm_clock_mhz.Add(sample);
  measured.cpu_s = 1.5;
  return measured;
}

TEST(RankMeasurementsTest, OfOneRankAreItsOwn) {
  Ranks alone;
  const RankMeasurements all = Combined(Measured(10, 5, {100}), alone, at::kCPU);
  EXPECT_EQ(all.memory.device_allocated_bytes, 10);
  EXPECT_EQ(all.gpu.energy_j, 5);
  EXPECT_EQ(all.gpu.sm_clock_mhz.count, 1);
}

TEST(RankMeasurementsTest, AreTheGreatestOfDevicesAndTheSumOfTheHost) {
  for (const RankMeasurements& all :
       CombinedOf({Measured(10, 5, {100, 200, 300}), Measured(30, 7, {50})})) {
    EXPECT_EQ(all.memory.device_allocated_bytes, 30);
    EXPECT_EQ(all.memory.device_reserved_bytes, 60);
    EXPECT_EQ(all.memory.host_rss_bytes, 120);
    EXPECT_EQ(all.gpu.process_bytes, 120);
    EXPECT_EQ(all.gpu.energy_j, 12);
    EXPECT_EQ(all.gpu.sm_clock_mhz.Min(), 50);
    EXPECT_EQ(all.gpu.sm_clock_mhz.Mean(), 162.5);
    EXPECT_EQ(all.gpu.sm_clock_mhz.Max(), 300);
    EXPECT_FALSE(all.gpu.power_w.Mean());
    EXPECT_EQ(all.cpu_s, 3);
    EXPECT_THAT(all.gpu.invalid_because, IsEmpty());
    EXPECT_FALSE(all.gpu.outcome_is_suspect);
  }
}

TEST(RankMeasurementsTest, LackWhatOneRankDoesNotKnow) {
  RankMeasurements lacking = Measured(30, 7, {});
  lacking.gpu.energy_j.reset();
  lacking.memory.device_reserved_bytes.reset();
  for (const RankMeasurements& all : CombinedOf({Measured(10, 5, {100}), lacking})) {
    EXPECT_FALSE(all.gpu.energy_j);
    EXPECT_FALSE(all.memory.device_reserved_bytes);
    EXPECT_EQ(all.memory.host_rss_bytes, 120);
    EXPECT_EQ(all.gpu.sm_clock_mhz.Min(), 100);
  }
}

TEST(RankMeasurementsTest, ADisturbedGpuDisturbsTheRun) {
  RankMeasurements disturbed = Measured(10, 5, {});
  disturbed.gpu.invalid_because = {"too hot"};
  disturbed.gpu.outcome_is_suspect = true;
  const std::vector<RankMeasurements> all = CombinedOf({Measured(10, 5, {}), disturbed});
  EXPECT_THAT(all[0].gpu.invalid_because, ElementsAre(HasSubstr("of another process")));
  EXPECT_THAT(all[1].gpu.invalid_because, ElementsAre("too hot"));
  EXPECT_TRUE(all[0].gpu.outcome_is_suspect);
  EXPECT_TRUE(all[1].gpu.outcome_is_suspect);
}

}  // namespace
}  // namespace ablate

#include "harness/train/host.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace ablate {
namespace {

TEST(HostTest, PeakRssFollowsUseAndStartsAnew) {
  constexpr int64_t kBytes = 256 << 20;
  const int64_t before = HostPeakRssBytes().value();
  {
    // What is volatile, no optimiser leaves out.
    const std::unique_ptr<volatile char[]> block(new volatile char[kBytes]);
    for (int64_t i = 0; i < kBytes; i += 4096) block[i] = 1;
  }
  EXPECT_GE(HostPeakRssBytes().value(), before + kBytes / 2);
  if (!ResetHostPeakRss()) GTEST_SKIP() << "/proc/self/clear_refs is not writable here";
  EXPECT_LT(HostPeakRssBytes().value(), before + kBytes / 2);
}

TEST(HostUsageTest, NotesWhatOthersAndTheHypervisorTook) {
  EXPECT_TRUE(HostUsage().Notes().empty());
  EXPECT_TRUE((HostUsage{.total = 100, .idle = 40, .steal = 0, .own = 58}.Notes().empty()));
  const HostUsage busy = {.total = 100, .idle = 10, .steal = 20, .own = 40};
  EXPECT_EQ(busy.Notes(),
            (std::vector<std::string>{"other processes used 30% of the processors",
                                      "the hypervisor stole 20% of the processors"}));
}

TEST(HostLoadTest, CountsWhatThisProcessUsed) {
  const HostLoad load;
  double sum = 0;
  for (int i = 0; i < 200'000'000; ++i) sum += i;
  EXPECT_GT(sum, 0);
  const HostUsage usage = load.Since();
  EXPECT_GT(usage.own, 0);
  EXPECT_GE(usage.total, usage.own / 2);
}

}  // namespace
}  // namespace ablate

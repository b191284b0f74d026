#include "harness/train/host.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

namespace ablate {
namespace {

TEST(HostTest, PeakRssFollowsUseAndStartsAnew) {
  constexpr int64_t kBytes = 256 << 20;
  const int64_t before = HostPeakRssBytes().value();
  {
    std::vector<char> block(kBytes);
    std::memset(block.data(), 1, block.size());
  }
  EXPECT_GE(HostPeakRssBytes().value(), before + kBytes / 2);
  if (!ResetHostPeakRss()) GTEST_SKIP() << "/proc/self/clear_refs is not writable here";
  EXPECT_LT(HostPeakRssBytes().value(), before + kBytes / 2);
}

}  // namespace
}  // namespace ablate

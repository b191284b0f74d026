#include "model/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace ablate {
namespace {

TEST(RandomTest, IsTheSameOnEveryPlatform) {
  // xoshiro256** seeded by splitmix64(0), first outputs by the published algorithms.
  Random random(0);
  EXPECT_EQ(random.Next(), 0x99ec5f36cb75f2b4u);
  EXPECT_EQ(random.Next(), 0xbf6e1f784956452au);
}

TEST(RandomTest, StreamsOfASeedAreIndependent) {
  EXPECT_NE(StreamSeed(1, "init"), StreamSeed(1, "order"));
  EXPECT_NE(StreamSeed(1, "init"), StreamSeed(2, "init"));
  EXPECT_EQ(StreamSeed(1, "init"), StreamSeed(1, "init"));
}

TEST(RandomTest, BelowIsUniform) {
  Random random(3);
  std::vector<int> counts(7);
  for (int i = 0; i < 70000; ++i) ++counts[random.Below(7)];
  for (const int count : counts) EXPECT_NEAR(count, 10000, 500);
}

TEST(RandomTest, ShuffleKeepsEveryItem) {
  std::vector<int> items(100);
  std::iota(items.begin(), items.end(), 0);
  std::vector<int> shuffled = items;
  Random(5, "order").Shuffle(shuffled);
  EXPECT_NE(shuffled, items);
  std::sort(shuffled.begin(), shuffled.end());
  EXPECT_EQ(shuffled, items);
}

}  // namespace
}  // namespace ablate

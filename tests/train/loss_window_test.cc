#include "harness/train/loss_window.h"

#include <gtest/gtest.h>

namespace ablate {
namespace {

TEST(LossWindowTest, IsUndefinedUntilItIsFull) {
  LossWindow window(10);
  window.Add(4, 40, 3.0);
  EXPECT_FALSE(window.mean());
  window.Add(5, 50, 3.0);
  EXPECT_FALSE(window.mean());
  window.Add(1, 10, 3.0);
  EXPECT_TRUE(window.mean());
}

TEST(LossWindowTest, WeighsByTokens) {
  LossWindow window(2);
  window.Add(1, 30, 1.0);
  window.Add(1, 10, 5.0);
  EXPECT_DOUBLE_EQ(*window.mean(), 2.0);
}

TEST(LossWindowTest, HoldsNoMoreThanItNeeds) {
  LossWindow window(4);
  window.Add(2, 10, 9.0);
  window.Add(2, 10, 2.0);
  EXPECT_DOUBLE_EQ(*window.mean(), 5.5);
  window.Add(2, 10, 4.0);  // the first update leaves
  EXPECT_DOUBLE_EQ(*window.mean(), 3.0);
  window.Add(1, 10, 0.0);  // the second must stay: 2 + 1 examples would be too few
  EXPECT_DOUBLE_EQ(*window.mean(), 2.0);
}

TEST(LossWindowTest, SurvivesAnUpdateLargerThanItself) {
  LossWindow window(3);
  window.Add(1, 10, 7.0);
  window.Add(5, 10, 2.0);
  EXPECT_DOUBLE_EQ(*window.mean(), 2.0);
}

}  // namespace
}  // namespace ablate

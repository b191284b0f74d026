#include "harness/train/curve.h"

#include <gtest/gtest.h>

#include <limits>

namespace ablate {
namespace {

TEST(CurveTest, LeavesAbsentValuesEmpty) {
  const CurveRow row{.update = 10,
                     .examples = 320,
                     .target_tokens = 3200,
                     .train_s = 0.5,
                     .learning_rate = 1e-3,
                     .train_loss = std::nullopt,
                     .valid_loss = 2.25,
                     .grad_norm = std::numeric_limits<double>::infinity(),
                     .loss_scale = 65536};
  EXPECT_EQ(CurveCsv({row}),
            "update,examples,target_tokens,train_s,learning_rate,train_loss,valid_loss,grad_norm,"
            "loss_scale\n10,320,3200,0.5,0.001,,2.25,,65536\n");
}

TEST(CurveTest, NumbersReadBackToTheSameDouble) {
  const double third = 1.0 / 3;
  CurveRow row;
  row.train_s = third;
  const std::string csv = CurveCsv({row});
  const size_t at = csv.find("0,0,0,") + 6;
  EXPECT_EQ(std::stod(csv.substr(at)), third);
}

}  // namespace
}  // namespace ablate

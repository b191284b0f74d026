#include "techniques/precision_torch.h"

#include <gtest/gtest.h>

#include <limits>

namespace ablate {
namespace {

using Autocast = Precision::Autocast;

at::ScalarType TypeOfProduct(const Precision& precision) {
  const AutocastScope scope(precision, at::kCPU);
  return at::mm(at::ones({2, 2}), at::ones({2, 2})).scalar_type();
}

TEST(AutocastTest, ComputesInTheRecipesType) {
  EXPECT_EQ(TypeOfProduct({}), at::kFloat);
  EXPECT_EQ(TypeOfProduct({.autocast = Autocast::kDeviceDefault}), at::kBFloat16);
  EXPECT_EQ(TypeOfProduct({.autocast = Autocast::kFloat16}), at::kHalf);
  EXPECT_EQ(TypeOfProduct({}), at::kFloat);  // a scope ends
}

TEST(AutocastTest, SeesParametersThatChangedBetweenScopes) {
  const Precision precision{.autocast = Autocast::kBFloat16};
  at::Tensor weight = at::ones({1, 1}).set_requires_grad(true);
  const auto product = [&] {
    const AutocastScope scope(precision, at::kCPU);
    return at::mm(at::ones({1, 1}), weight).item<float>();
  };
  EXPECT_EQ(product(), 1);
  {
    const at::NoGradGuard no_gradients;
    weight.fill_(2);
  }
  EXPECT_EQ(product(), 2);
}

TEST(AutocastTest, DefaultsByDeviceAndNamesTheFormat) {
  const Precision amp{.autocast = Autocast::kDeviceDefault};
  EXPECT_EQ(MatrixFormat(amp, at::kCPU), "bf16");
  EXPECT_EQ(MatrixFormat(amp, at::kCUDA), "fp16");
  EXPECT_EQ(MatrixFormat({.tf32 = true}, at::kCUDA), "tf32");
  EXPECT_EQ(MatrixFormat({.tf32 = true}, at::kCPU), "fp32");
  EXPECT_EQ(MatrixFormat({}, at::kCUDA), "fp32");
}

TEST(LossScalingTest, BelongsToFloat16Alone) {
  EXPECT_EQ(LossScaling::For({}, at::kCPU), nullptr);
  EXPECT_EQ(LossScaling::For({.autocast = Autocast::kDeviceDefault}, at::kCPU), nullptr);
  EXPECT_NE(LossScaling::For({.autocast = Autocast::kFloat16}, at::kCPU), nullptr);
}

class LossScalingStepTest : public ::testing::Test {
 protected:
  // An update whose scaled gradient is `gradient`; returns the unscaled one.
  float Update(float gradient) {
    const std::vector<at::Tensor> gradients = {at::full({2}, gradient)};
    scaling_.Unscale(gradients);
    scaling_.Update();
    return gradients[0][0].item<float>();
  }
  float scale() const { return scaling_.scale().item<float>(); }

  LossScaling scaling_{{.autocast = Autocast::kFloat16,
                        .initial_loss_scale = 1024,
                        .growth_factor = 4,
                        .backoff_factor = 0.25,
                        .growth_interval = 2},
                       at::kCPU};
};

TEST_F(LossScalingStepTest, UnscalesWhatItScaled) {
  EXPECT_EQ(scaling_.Scale(at::full({}, 3.0f)).item<float>(), 3072);
  EXPECT_EQ(Update(2048), 2);
  EXPECT_FALSE(scaling_.LastSkipped());
}

TEST_F(LossScalingStepTest, GrowsAfterItsIntervalAndBacksOffAtOnce) {
  Update(1);
  EXPECT_EQ(scale(), 1024);
  Update(1);
  EXPECT_EQ(scale(), 4096);
  Update(1);
  Update(std::numeric_limits<float>::infinity());
  EXPECT_TRUE(scaling_.LastSkipped());
  EXPECT_EQ(scale(), 1024);
  Update(1);  // the count started anew
  EXPECT_EQ(scale(), 1024);
  EXPECT_FALSE(scaling_.LastSkipped());
}

TEST_F(LossScalingStepTest, NotANumberIsASkipToo) {
  Update(std::numeric_limits<float>::quiet_NaN());
  EXPECT_TRUE(scaling_.LastSkipped());
}

}  // namespace
}  // namespace ablate

// What only a GPU can show.
#include "tests/train/on_cuda.h"

namespace ablate {
namespace {

class CudaTest : public testing::OnCuda {};

TEST_F(CudaTest, FollowsTheCpu) {
  const auto cpu = TrainedOn(at::kCPU);
  const auto cuda = TrainedOn(device_);
  EXPECT_NEAR(*cpu->course().train_loss(), *cuda->course().train_loss(), 1e-3);
  EXPECT_GT(cuda->memory().device_reserved_bytes.value(), 0);
  EXPECT_TRUE(cuda->course().totals().phases.h2d);
}

TEST_F(CudaTest, HalfPrecisionScalesItsLossAndFollowsFloat32) {
  const auto full = TrainedOn(device_);
  job_.recipe.precision.autocast = Precision::Autocast::kDeviceDefault;
  const auto half = TrainedOn(device_);
  EXPECT_NEAR(*full->course().train_loss(), *half->course().train_loss(), 0.1);
  EXPECT_TRUE(half->course().curve().back().loss_scale);
}

TEST_F(CudaTest, WarmupLeavesNothingBehindBitForBit) {
  job_.recipe.precision.autocast = Precision::Autocast::kDeviceDefault;
  Trainer trainer(job_, *corpus_, device_, ranks_, progress_);
  std::vector<at::Tensor> before;
  for (const at::Tensor& tensor : trainer.State()) before.push_back(tensor.detach().clone());
  const at::Tensor generator = at::globalContext().defaultGenerator(device_).get_state();
  trainer.WarmUp();
  const std::vector<at::Tensor> after = trainer.State();
  for (size_t i = 0; i < before.size(); ++i) EXPECT_TRUE(at::equal(before[i], after[i]));
  EXPECT_TRUE(at::equal(at::globalContext().defaultGenerator(device_).get_state(), generator));
}

}  // namespace
}  // namespace ablate

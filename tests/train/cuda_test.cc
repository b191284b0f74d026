// What only a GPU can show.
#include <gtest/gtest.h>

#include "harness/train/device.h"
#include "harness/train/trainer.h"
#include "model/error.h"
#include "tests/train/toy_corpus.h"

namespace ablate {
namespace {

class CudaTest : public ::testing::Test {
 protected:
  void SetUp() override {
    try {
      device_ = OpenDevice("cuda");
    } catch (const Error& error) {
      GTEST_SKIP() << error.what();
    }
    corpus_.emplace(EncodedCorpus::Map(testing::WriteToyCorpus(200)));
    job_.recipe.model = {
        .d_model = 32, .layers = 2, .heads = 2, .d_ff = 64, .dropout = 0, .max_length = 64};
    job_.recipe.batching.batch_size = 20;
    job_.recipe.optimizer = {.rule = Adam(), .learning_rate = 3e-3, .gradient_clip = 1};
    job_.recipe.schedule = OneCycleSchedule{};
    job_.target = {.value = 0, .max_epochs = 3, .window_examples = 100, .loss_interval = 7};
    job_.seed = 3;
  }

  std::unique_ptr<Trainer> Trained(at::Device device) {
    auto trainer = std::make_unique<Trainer>(job_, *corpus_, device, ranks_, progress_);
    trainer->WarmUp();
    trainer->Train();
    return trainer;
  }

  Ranks ranks_;
  Progress progress_{-1};
  std::optional<EncodedCorpus> corpus_;
  at::Device device_ = at::kCPU;
  TrainingJob job_;
};

TEST_F(CudaTest, FollowsTheCpu) {
  const auto cpu = Trained(at::kCPU);
  const auto cuda = Trained(device_);
  EXPECT_NEAR(*cpu->course().train_loss(), *cuda->course().train_loss(), 1e-3);
  EXPECT_GT(cuda->memory().device_reserved_bytes.value(), 0);
  EXPECT_TRUE(cuda->course().totals().phases.h2d);
}

TEST_F(CudaTest, HalfPrecisionScalesItsLossAndFollowsFloat32) {
  const auto full = Trained(device_);
  job_.recipe.precision.autocast = Precision::Autocast::kDeviceDefault;
  const auto half = Trained(device_);
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

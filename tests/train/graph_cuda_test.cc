// Captured updates on a GPU, held to uncaptured ones there.
#include <cmath>

#include "techniques/graph_torch.h"
#include "tests/train/on_cuda.h"

namespace ablate {
namespace {

class CudaGraphTest : public testing::OnCuda {
 protected:
  void SetUp() override {
    testing::OnCuda::SetUp();
    job_.recipe.batching = {.max_tokens = 150, .pad_to = Batching::PadTo::kNone};
    job_.recipe.schedule = OneCycleSchedule{.cycle_momentum = false};
    job_.recipe.loading.resident = true;
    job_.target.loss_interval = 1;
  }

  std::unique_ptr<Trainer> Trained(bool graph) {
    job_.recipe.graph = graph;
    return TrainedOn(device_);
  }

  void ExpectSameCourse(double tolerance) {
    const auto expected = Trained(false);
    const auto got = Trained(true);
    const auto& expected_curve = expected->course().curve();
    const auto& curve = got->course().curve();
    ASSERT_EQ(curve.size(), expected_curve.size());
    for (size_t i = 0; i < curve.size(); ++i) {
      EXPECT_NEAR(curve[i].learning_rate, expected_curve[i].learning_rate, 1e-9) << i;
      ASSERT_EQ(curve[i].train_loss.has_value(), expected_curve[i].train_loss.has_value());
      if (curve[i].train_loss) {
        EXPECT_NEAR(*curve[i].train_loss, *expected_curve[i].train_loss, tolerance) << i;
      }
      // Of the parameters after the replay, whatever was made of them before.
      ASSERT_EQ(curve[i].valid_loss.has_value(), expected_curve[i].valid_loss.has_value());
      if (curve[i].valid_loss) {
        EXPECT_NEAR(*curve[i].valid_loss, *expected_curve[i].valid_loss, tolerance) << i;
      }
    }
  }
};

TEST_F(CudaGraphTest, FollowsUncapturedUpdatesPacked) { ExpectSameCourse(1e-3); }

TEST_F(CudaGraphTest, FollowsUncapturedUpdatesPadded) {
  job_.recipe.batching = {.batch_size = 30, .pad_to = Batching::PadTo::kCorpusLongest};
  ExpectSameCourse(1e-3);
}

TEST_F(CudaGraphTest, FollowsUncapturedUpdatesThatScaleTheirLossAndAverage) {
  job_.recipe.precision.autocast = Precision::Autocast::kFloat16;
  job_.recipe.averaging = {.decay = 0.9, .warmup = true};
  ExpectSameCourse(0.05);
}

TEST_F(CudaGraphTest, FollowsUncapturedUpdatesInBf16WithFusedKernels) {
  job_.recipe.precision.autocast = Precision::Autocast::kBFloat16;
  for (const KernelSet kernels : {KernelSet::kReference, KernelSet::kFused}) {
    job_.recipe.kernels = kernels;
    ExpectSameCourse(0.05);
  }
}

// One batch an epoch, and hardly a change of the parameters.
TEST_F(CudaGraphTest, DrawsNewMasksAtEachReplay) {
  job_.recipe.model.dropout = 0.5;
  job_.recipe.batching.max_tokens = 20000;
  job_.recipe.optimizer.learning_rate = 1e-9;
  job_.target.max_epochs = 6;
  job_.target.window_examples = 200;
  for (const KernelSet kernels : {KernelSet::kReference, KernelSet::kFused}) {
    job_.recipe.kernels = kernels;
    const auto trainer = Trained(true);
    const auto& curve = trainer->course().curve();
    ASSERT_GE(curve.size(), 6u);
    for (size_t i = 1; i < curve.size(); ++i) {
      EXPECT_GT(std::abs(*curve[i].train_loss - *curve[i - 1].train_loss), 1e-5) << i;
    }
  }
}

TEST_F(CudaGraphTest, WarmupLeavesNothingBehindBitForBit) {
  job_.recipe.graph = true;
  job_.recipe.model.dropout = 0.1;
  Trainer trainer(job_, *corpus_, device_, ranks_, progress_);
  std::vector<at::Tensor> before;
  for (const at::Tensor& tensor : trainer.State()) before.push_back(tensor.detach().clone());
  const at::Tensor generator = at::globalContext().defaultGenerator(device_).get_state();
  trainer.WarmUp();
  const std::vector<at::Tensor> after = trainer.State();
  for (size_t i = 0; i < before.size(); ++i) EXPECT_TRUE(at::equal(before[i], after[i]));
  EXPECT_TRUE(at::equal(at::globalContext().defaultGenerator(device_).get_state(), generator));
}

TEST_F(CudaGraphTest, DoesNotChooseCudnnsAttentionWhileThereIsDropout) {
  job_.recipe.batching = {.batch_size = 30, .pad_to = Batching::PadTo::kCorpusLongest};
  job_.recipe.precision.autocast = Precision::Autocast::kBFloat16;
  job_.recipe.model.dropout = 0.1;
  const std::string kernel = Trained(false)->attention_kernel();
  EXPECT_NE(kernel, "");
  EXPECT_EQ(kernel.find("cudnn"), std::string::npos) << kernel;
}

// Last, since LibTorch's random generator of a device takes a capture that failed for one under
// way.
TEST_F(CudaGraphTest, WhatCannotBeCapturedIsSaid) {
  const at::Tensor one = at::ones({1}, at::TensorOptions().device(device_));
  const auto work = MakeCapturedWork([&] { one.item<float>(); }, device_);
  work->Run();
  work->Run();
  EXPECT_ANY_THROW(work->Run());
}

}  // namespace
}  // namespace ablate

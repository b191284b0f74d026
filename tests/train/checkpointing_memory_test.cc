// What checkpointing is for: activations that are alive at once.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "harness/train/counting_allocator.h"
#include "model/net/training_loss.h"
#include "techniques/checkpointing_torch.h"

namespace ablate {
namespace {

constexpr int64_t kVocabulary = 50;
constexpr int64_t kSentences = 16;
constexpr int64_t kTokens = 24;

TransformerConfig SixLayers() {
  TransformerConfig config;
  config.d_model = 64;
  config.layers = 6;
  config.heads = 4;
  config.d_ff = 256;
  config.max_length = 64;
  return config;
}

// The most bytes that forward and backward passes have alive beyond those of model and gradients.
int64_t PeakActivationBytes(int64_t every) {
  Transformer model(SixLayers(), kVocabulary, kVocabulary, /*init_seed=*/1);
  model->RunLayersBy(MakeLayerRunner({.every = every}));
  const at::Tensor ids = at::randint(4, kVocabulary, {kSentences, kTokens}, at::kLong);
  const auto update = [&] {
    const TokenLoss loss =
        ComputeLoss(model, PaddedBatch(ids, ids, ids, false), {.label_smoothing = 0.1});
    (loss.sum / loss.count).backward();
  };
  update();  // From now on there are gradients.
  const int64_t before = LiveCpuBytes();
  ResetPeakCpuBytes();
  update();
  EXPECT_EQ(LiveCpuBytes(), before);
  return PeakCpuBytes() - before;
}

class CheckpointingMemoryTest : public ::testing::Test {
 protected:
  void SetUp() override { InstallCountingAllocator(); }
};

TEST_F(CheckpointingMemoryTest, PeakOfActivationsFallsToAQuarterAtDepthSix) {
  const int64_t kept = PeakActivationBytes(0);
  const int64_t recomputed = PeakActivationBytes(1);
  RecordProperty("kept_bytes", std::to_string(kept));
  RecordProperty("recomputed_bytes", std::to_string(recomputed));
  EXPECT_LT(4 * recomputed, kept) << recomputed << " of " << kept;
}

TEST_F(CheckpointingMemoryTest, EverySecondLayerLiesBetween) {
  const int64_t kept = PeakActivationBytes(0);
  const int64_t half = PeakActivationBytes(2);
  EXPECT_LT(half, 0.7 * static_cast<double>(kept)) << half << " of " << kept;
  EXPECT_GT(half, PeakActivationBytes(1));
}

}  // namespace
}  // namespace ablate

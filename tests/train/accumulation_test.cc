// What accumulation promises: the gradient of the large batch, in less memory.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "harness/train/batch_feed.h"
#include "harness/train/counting_allocator.h"
#include "model/net/training_loss.h"
#include "tests/train/toy_corpus.h"

namespace ablate {
namespace {

constexpr int64_t kPairs = 64;
constexpr int64_t kToyVocabulary = 16;

const EncodedSplit& Split() {
  static const EncodedCorpus corpus = EncodedCorpus::Map(testing::WriteToyCorpus(kPairs));
  return corpus.train();
}

Transformer MakeModel(int64_t d_model) {
  const TransformerConfig config = {.d_model = d_model,
                                    .layers = 2,
                                    .heads = 2,
                                    .d_ff = 4 * d_model,
                                    .dropout = 0,
                                    .max_length = 32};
  return Transformer(config, kToyVocabulary, kToyVocabulary, /*init_seed=*/3);
}

at::Tensor GradientsOf(Transformer& model) {
  std::vector<at::Tensor> gradients;
  for (const at::Tensor& parameter : model->parameters()) {
    gradients.push_back(parameter.grad().flatten());
  }
  return at::cat(gradients);
}

enum class Weights { kRealTokens, kMicroBatches };

// The gradient of an update of all sentences, as one vector.
at::Tensor Gradient(Transformer& model, int64_t micro_batches,
                    Weights weights = Weights::kRealTokens) {
  const BatchRule rule = {.batch_size = kPairs};
  BatchStream stream(Split(), rule, /*seed=*/1);
  const auto feed = MakeBatchFeed({}, {.micro_batches = micro_batches}, Split(), stream, at::kCPU);
  const UpdateShare& share = feed->Next();
  EXPECT_EQ(std::ssize(share.micro_batches), micro_batches);
  model->zero_grad();
  for (size_t i = 0; i < share.micro_batches.size(); ++i) {
    const TokenLoss loss = ComputeLoss(model, feed->ToDevice(i), {.label_smoothing = 0.1});
    (weights == Weights::kRealTokens ? loss.sum / share.target_tokens
                                     : loss.sum / loss.count / micro_batches)
        .backward();
  }
  return GradientsOf(model);
}

double RelativeDistance(const at::Tensor& a, const at::Tensor& b) {
  return ((a - b).norm() / b.norm()).item<double>();
}

TEST(AccumulatedGradientTest, IsThatOfTheLargeBatchInFloat64) {
  Transformer model = MakeModel(16);
  model->to(at::kDouble);
  const at::Tensor whole = Gradient(model, 1);
  ASSERT_EQ(whole.scalar_type(), at::kDouble);
  for (int64_t micro_batches : {2, 5, 16, 64}) {
    const double distance = RelativeDistance(Gradient(model, micro_batches), whole);
    EXPECT_LT(distance, 1e-12) << micro_batches;
  }
}

// So that the test above sees what the weights are.
TEST(AccumulatedGradientTest, IsNotTheMeanOfMicroBatches) {
  Transformer model = MakeModel(16);
  model->to(at::kDouble);
  const at::Tensor whole = Gradient(model, 1);
  EXPECT_GT(RelativeDistance(Gradient(model, 16, Weights::kMicroBatches), whole), 1e-3);
}

// Bytes that an update needs beyond parameters and gradients.
int64_t PeakBytes(Transformer& model, int64_t micro_batches) {
  const int64_t before = LiveCpuBytes();
  ResetPeakCpuBytes();
  Gradient(model, micro_batches);
  return PeakCpuBytes() - before;
}

TEST(AccumulatedGradientTest, NeedsLessMemoryTheMoreMicroBatches) {
  InstallCountingAllocator();
  Transformer model = MakeModel(32);
  Gradient(model, 1);  // gradients exist from here on
  const auto whole = static_cast<double>(PeakBytes(model, 1));
  const auto halves = static_cast<double>(PeakBytes(model, 2));
  const auto eighths = static_cast<double>(PeakBytes(model, 8));
  EXPECT_LT(halves, 0.6 * whole);
  EXPECT_LT(eighths, 0.25 * whole);
}

}  // namespace
}  // namespace ablate

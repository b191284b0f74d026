// Techniques that promise not to change what is learned, held to the baseline's curve.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "harness/train/counting_allocator.h"
#include "harness/train/trainer.h"
#include "techniques/ema_torch.h"
#include "tests/train/toy_corpus.h"

namespace ablate {
namespace {

const EncodedCorpus& Toy() {
  static const EncodedCorpus corpus = EncodedCorpus::Map(testing::WriteToyCorpus(200));
  return corpus;
}

class EqualityTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    InstallCountingAllocator();
    at::set_num_threads(1);
    at::globalContext().setFlushDenormal(true);
  }

  EqualityTest() {
    job_.recipe.model = {
        .d_model = 16, .layers = 4, .heads = 2, .d_ff = 32, .dropout = 0.1, .max_length = 64};
    job_.recipe.batching.batch_size = 20;
    job_.recipe.batching.pad_to = Batching::PadTo::kBatchLongest;
    job_.recipe.optimizer = {.rule = Adam(), .learning_rate = 3e-3, .gradient_clip = 1};
    job_.target = {.value = 0, .max_epochs = 4, .window_examples = 100, .loss_interval = 1};
    job_.seed = 3;
  }

  // Rows but for their times.
  std::vector<CurveRow> Curve(const Recipe& recipe) {
    TrainingJob job = job_;
    job.recipe = recipe;
    Ranks ranks;
    Progress progress(-1);
    Trainer trainer(job, Toy(), at::kCPU, ranks, progress);
    trainer.WarmUp();
    trainer.Train();
    std::vector<CurveRow> rows = trainer.course().curve();
    for (CurveRow& row : rows) row.train_s = 0;
    return rows;
  }

  void ExpectSameCurve(const Recipe& recipe) { EXPECT_EQ(Curve(recipe), Curve(job_.recipe)); }

  TrainingJob job_;
};

TEST_F(EqualityTest, LoadingByWorkersKeepsTheCurveBitForBit) {
  for (const int64_t workers : {1, 3}) {
    Recipe recipe = job_.recipe;
    recipe.loading = {.workers = workers, .prefetch = 2};
    ExpectSameCurve(recipe);
  }
}

TEST_F(EqualityTest, AResidentCorpusKeepsTheCurveBitForBit) {
  Recipe recipe = job_.recipe;
  recipe.loading.resident = true;
  ExpectSameCurve(recipe);
}

TEST_F(EqualityTest, CheckpointingKeepsTheCurveBitForBitWithDropoutOn) {
  for (const int64_t every : {1, 2}) {
    Recipe recipe = job_.recipe;
    recipe.checkpointing.every = every;
    ExpectSameCurve(recipe);
  }
}

TEST_F(EqualityTest, CheckpointingKeepsTheCurveOfSharedLayersUnderAutocast) {
  job_.recipe.sharing.layer_of_depth = {0, 1, 0, 1};
  job_.recipe.precision.autocast = Precision::Autocast::kBFloat16;
  Recipe recipe = job_.recipe;
  recipe.checkpointing.every = 1;
  ExpectSameCurve(recipe);
}

TEST_F(EqualityTest, CheckpointingKeepsTheCurveOfFusedSharedLayersUnderAutocast) {
  job_.recipe.kernels = KernelSet::kFused;
  job_.recipe.model.d_model = 32;
  job_.recipe.model.d_ff = 64;
  job_.recipe.batching.pad_to = Batching::PadTo::kNone;
  job_.recipe.precision.autocast = Precision::Autocast::kBFloat16;
  for (const bool tied : {false, true}) {
    for (const std::vector<int64_t>& layer_of_depth :
         {std::vector<int64_t>{}, {0, 1, 0, 1}, {0, 0, 0, 0}}) {
      job_.recipe.model.tied_embeddings = tied;
      job_.recipe.sharing.layer_of_depth = layer_of_depth;
      Recipe recipe = job_.recipe;
      recipe.checkpointing.every = 1;
      ExpectSameCurve(recipe);
    }
  }
}

TEST_F(EqualityTest, AveragesAreEvaluatedAndChangeNothingThatIsTrained) {
  Recipe recipe = job_.recipe;
  recipe.averaging = {.decay = 0.9, .warmup = false};
  const std::vector<CurveRow> averaged = Curve(recipe);
  const std::vector<CurveRow> plain = Curve(job_.recipe);
  ASSERT_EQ(averaged.size(), plain.size());
  bool evaluated_differently = false;
  for (size_t i = 0; i < plain.size(); ++i) {
    EXPECT_EQ(averaged[i].train_loss, plain[i].train_loss);
    evaluated_differently |= averaged[i].valid_loss != plain[i].valid_loss;
  }
  EXPECT_TRUE(evaluated_differently);
}

TEST_F(EqualityTest, MicroBatchesFollowTheWholeBatchWithoutDropout) {
  job_.recipe.model.dropout = 0;
  Recipe recipe = job_.recipe;
  recipe.micro_batches = 4;
  const std::vector<CurveRow> whole = Curve(job_.recipe);
  const std::vector<CurveRow> parts = Curve(recipe);
  ASSERT_EQ(parts.size(), whole.size());
  for (size_t i = 0; i < whole.size(); ++i) {
    EXPECT_EQ(parts[i].examples, whole[i].examples);
    EXPECT_EQ(parts[i].target_tokens, whole[i].target_tokens);
    const double expected = whole[i].train_loss.value_or(0);
    EXPECT_NEAR(parts[i].train_loss.value_or(0), expected, 1e-4);
  }
}

}  // namespace
}  // namespace ablate

// Examples to a loss, dropout on: packed batches and fused kernels need as many as rectangles and
// LibTorch's operations. Masks differ between them, so that no two runs do the same.
#include "harness/report/equivalence.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "harness/train/trainer.h"
#include "tests/train/toy_corpus.h"

namespace ablate {
namespace {

constexpr double kMargin = 0.05;

const EncodedCorpus& Toy() {
  static const EncodedCorpus corpus = EncodedCorpus::Map(testing::WriteToyCorpus(2000));
  return corpus;
}

TrainingJob Job(uint64_t seed) {
  TrainingJob job;
  job.recipe.model = {
      .d_model = 32, .layers = 1, .heads = 2, .d_ff = 64, .dropout = 0.1, .max_length = 64};
  job.recipe.batching.batch_size = 16;
  job.recipe.batching.pad_to = Batching::PadTo::kBatchLongest;
  job.recipe.label_smoothing = 0.1;
  job.recipe.optimizer = {.rule = Adam(), .learning_rate = 1e-3, .gradient_clip = 1};
  job.target = {.value = 1.8, .max_epochs = 20, .window_examples = 1000, .loss_interval = 25};
  job.seed = seed;
  return job;
}

double ExamplesToTarget(const TrainingJob& job) {
  Ranks ranks;
  Progress progress(-1);
  Trainer trainer(job, Toy(), at::kCPU, ranks, progress);
  trainer.WarmUp();
  trainer.Train();
  const auto& crossing = trainer.course().crossing();
  EXPECT_TRUE(crossing.has_value()) << "seed " << job.seed;
  return crossing ? static_cast<double>(crossing->examples) : std::nan("");
}

// The logarithm of how many times the examples each seed needs once `edit` is made.
template <typename Edit>
std::vector<double> LogRatios(uint64_t seeds, const Edit& edit) {
  std::vector<double> ratios;
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    const TrainingJob baseline = Job(seed);
    TrainingJob edited = baseline;
    edit(edited);
    ratios.push_back(std::log(ExamplesToTarget(edited) / ExamplesToTarget(baseline)));
  }
  return ratios;
}

EquivalenceTest Judge(const std::vector<double>& ratios) {
  const EquivalenceTest test = TestEquivalence(ratios, kMargin);
  ::testing::Test::RecordProperty("ratio", std::to_string(test.ratio.mean));
  ::testing::Test::RecordProperty("low", std::to_string(test.ratio.low.value_or(0)));
  ::testing::Test::RecordProperty("high", std::to_string(test.ratio.high.value_or(0)));
  return test;
}

class EquivalenceTestOfExamples : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    at::set_num_threads(1);
    at::globalContext().setFlushDenormal(true);
  }
};

TEST_F(EquivalenceTestOfExamples, PackedAndFusedNeedAsManyAsDynamicAndReference) {
  const auto test = Judge(LogRatios(/*seeds=*/8, [](TrainingJob& job) {
    job.recipe.batching.pad_to = Batching::PadTo::kNone;
    job.recipe.kernels = KernelSet::kFused;
  }));
  EXPECT_EQ(test.verdict, Equivalence::kEquivalent)
      << test.ratio.mean << " from " << test.ratio.low.value_or(0) << " to "
      << test.ratio.high.value_or(0);
}

// So that the test above is seen to tell: more dropout takes longer.
TEST_F(EquivalenceTestOfExamples, TellsMoreDropout) {
  const auto test =
      Judge(LogRatios(/*seeds=*/3, [](TrainingJob& job) { job.recipe.model.dropout = 0.12; }));
  EXPECT_EQ(test.verdict, Equivalence::kDifferent) << test.ratio.mean;
}

}  // namespace
}  // namespace ablate

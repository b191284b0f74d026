#include "harness/train/trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "harness/train/counting_allocator.h"
#include "harness/train/device.h"
#include "harness/train/evaluate.h"
#include "harness/train/outcome.h"
#include "harness/train/warmup.h"
#include "model/error.h"
#include "tests/train/toy_corpus.h"

namespace ablate {
namespace {

constexpr int64_t kPairs = 200;

const EncodedCorpus& Toy() {
  static const EncodedCorpus corpus = EncodedCorpus::Map(testing::WriteToyCorpus(kPairs));
  return corpus;
}

// 10 epochs of 10 updates that never reach the target.
TrainingJob Job() {
  TrainingJob job;
  job.recipe.model = {
      .d_model = 16, .layers = 2, .heads = 2, .d_ff = 32, .dropout = 0.1, .max_length = 64};
  job.recipe.batching.batch_size = 20;
  job.recipe.label_smoothing = 0.1;
  job.recipe.optimizer = {.rule = Adam(), .learning_rate = 3e-3, .gradient_clip = 1};
  job.target = {.value = 0, .max_epochs = 10, .window_examples = 100, .loss_interval = 7};
  job.seed = 3;
  return job;
}

class TrainerTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    InstallCountingAllocator();
    at::set_num_threads(1);
    at::globalContext().setFlushDenormal(true);
  }

  std::unique_ptr<Trainer> MakeTrainer(const TrainingJob& job) {
    return std::make_unique<Trainer>(job, Toy(), at::kCPU, ranks_, progress_);
  }
  std::unique_ptr<Trainer> Trained(const TrainingJob& job) {
    auto trainer = MakeTrainer(job);
    trainer->WarmUp();
    trainer->Train();
    return trainer;
  }

  Ranks ranks_;
  Progress progress_{-1};
};

// Curves but for their times.
std::vector<CurveRow> Timeless(std::vector<CurveRow> rows) {
  for (CurveRow& row : rows) row.train_s = 0;
  return rows;
}

std::vector<at::Tensor> Copies(const std::vector<at::Tensor>& tensors) {
  std::vector<at::Tensor> copies;
  for (const at::Tensor& tensor : tensors) copies.push_back(tensor.detach().clone());
  return copies;
}

bool Same(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) { return at::equal(x, y); });
}

TEST_F(TrainerTest, LearnsAndStopsAtTheTarget) {
  TrainingJob job = Job();
  job.target.value = 2.6;
  job.target.max_epochs = 50;
  const auto trainer = Trained(job);
  const Course& course = trainer->course();
  ASSERT_TRUE(course.crossing());
  EXPECT_LE(*course.reached_train_loss(), 2.6);
  EXPECT_LT(course.now().update - course.crossing()->update, job.target.loss_interval);
  EXPECT_GT(course.crossing()->train_s, 0);
  EXPECT_LE(course.crossing()->train_s, course.now().train_s);
  Record record;
  JudgeCourse(course, trainer->stopped(), record);
  EXPECT_EQ(record.status, Status::kReached);
}

TEST_F(TrainerTest, TheBudgetEndsItExactly) {
  TrainingJob job = Job();
  job.target.max_epochs = 1.25;
  const auto trainer = Trained(job);
  EXPECT_EQ(trainer->course().now().update, 13);  // 12.5 updates of 20 sentences
  EXPECT_EQ(trainer->course().now().examples, 260);
  EXPECT_THAT(trainer->course().OverBudget(), ::testing::HasSubstr("max_epochs"));
}

TEST_F(TrainerTest, EvaluatesEveryEpochAtItsEnd) {
  TrainingJob job = Job();
  job.target.max_epochs = 3;
  const auto trainer = Trained(job);
  std::vector<int64_t> evaluated;
  for (const CurveRow& row : trainer->course().curve()) {
    if (row.valid_loss) evaluated.push_back(row.update);
  }
  EXPECT_THAT(evaluated, ::testing::ElementsAre(10, 20, 30));
  EXPECT_GT(trainer->evaluate_s(), 0);
}

TEST_F(TrainerTest, ATargetInValidationLossIsCrossedAtAnEvaluation) {
  TrainingJob job = Job();
  job.target.metric = "valid_loss";
  job.target.value = 2.5;
  job.target.max_epochs = 50;
  job.target.evaluate_every_examples = 60;
  const auto trainer = Trained(job);
  ASSERT_TRUE(trainer->course().crossing());
  EXPECT_EQ(trainer->course().crossing()->update % 3, 0);
  EXPECT_LE(*trainer->course().valid_loss(), 2.5);
  EXPECT_EQ(trainer->course().now().update, trainer->course().crossing()->update);
}

TEST_F(TrainerTest, TheTrainClockIsTheSumOfItsUpdates) {
  const auto trainer = Trained(Job());
  const Totals& totals = trainer->course().totals();
  double sum = 0;
  for (double seconds : totals.update_seconds) sum += seconds;
  EXPECT_NEAR(trainer->course().now().train_s, sum, 1e-9);
  const double phases = *totals.phases.load + *totals.phases.forward + *totals.phases.backward +
                        *totals.phases.optimizer;
  EXPECT_LE(phases, sum * 1.001);
  EXPECT_GT(phases, sum * 0.8);
}

TEST_F(TrainerTest, WarmupLeavesNothingBehindBitForBit) {
  for (const Precision::Autocast autocast :
       {Precision::Autocast::kOff, Precision::Autocast::kFloat16}) {
    TrainingJob job = Job();
    job.recipe.precision.autocast = autocast;
    job.recipe.schedule = OneCycleSchedule{};
    const auto trainer = MakeTrainer(job);
    const at::Tensor generator = at::globalContext().defaultGenerator(at::kCPU).get_state();
    const std::vector<at::Tensor> state = Copies(trainer->State());
    trainer->WarmUp();
    EXPECT_TRUE(Same(trainer->State(), state));
    EXPECT_TRUE(at::equal(at::globalContext().defaultGenerator(at::kCPU).get_state(), generator));
  }
}

TEST_F(TrainerTest, WarmupDoesNotChangeTheTraining) {
  TrainingJob job = Job();
  job.target.max_epochs = 2;
  job.recipe.schedule = OneCycleSchedule{};
  const auto cold = MakeTrainer(job);
  cold->Train();
  const auto warm = Trained(job);
  EXPECT_EQ(Timeless(cold->course().curve()), Timeless(warm->course().curve()));
  EXPECT_TRUE(Same(cold->State(), warm->State()));
}

TEST_F(TrainerTest, RestorePointSeesWhatItRestores) {
  at::Tensor tensor = at::ones({3});
  at::manual_seed(5);
  const RestorePoint point({tensor}, at::kCPU);
  const at::Tensor drawn = at::randn({4});
  tensor.fill_(2);
  point.Restore();
  EXPECT_TRUE(at::equal(tensor, at::ones({3})));
  EXPECT_TRUE(at::equal(at::randn({4}), drawn));
}

TEST_F(TrainerTest, TheSameSeedGivesTheSameCurveAndAnotherDoesNot) {
  TrainingJob job = Job();
  job.target.max_epochs = 2;
  const auto curve = [&] { return Timeless(Trained(job)->course().curve()); };
  const auto first = curve();
  EXPECT_EQ(first, curve());
  job.seed = 4;
  EXPECT_NE(first, curve());
}

TEST_F(TrainerTest, ReadingMoreOftenChangesNothingButTheRows) {
  TrainingJob job = Job();
  job.target.value = 2.7;
  const auto seldom = Trained(job);
  job.target.loss_interval = 1;
  const auto often = Trained(job);
  ASSERT_TRUE(seldom->course().crossing());
  ASSERT_TRUE(often->course().crossing());
  EXPECT_EQ(seldom->course().crossing()->update, often->course().crossing()->update);
  EXPECT_EQ(often->course().now().update, often->course().crossing()->update);
}

TEST_F(TrainerTest, StaticAndDynamicPaddingTrainAlikeWithoutDropout) {
  TrainingJob job = Job();
  job.target.max_epochs = 1;
  job.recipe.model.dropout = 0;
  job.recipe.batching.batch_size = 4;  // some batches lack the longest sentences
  job.recipe.batching.pad_to = Batching::PadTo::kCorpusLongest;
  const auto fixed = Trained(job);
  job.recipe.batching.pad_to = Batching::PadTo::kBatchLongest;
  const auto dynamic = Trained(job);
  const auto& a = fixed->course().curve();
  const auto& b = dynamic->course().curve();
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].target_tokens, b[i].target_tokens);
    EXPECT_NEAR(a[i].train_loss.value_or(0), b[i].train_loss.value_or(0), 1e-4);
  }
  EXPECT_GT(fixed->course().totals().padded_source_tokens,
            dynamic->course().totals().padded_source_tokens);
  EXPECT_EQ(fixed->course().totals().source_tokens, dynamic->course().totals().source_tokens);
}

// Scales under which float16 overflows, so that the first updates are skipped.
TEST_F(TrainerTest, TheScheduleDoesNotAdvanceOnASkippedUpdate) {
  TrainingJob job = Job();
  job.target.max_epochs = 2;
  job.target.loss_interval = 1;
  job.recipe.precision = {.autocast = Precision::Autocast::kFloat16, .initial_loss_scale = 1 << 30};
  job.recipe.schedule = OneCycleSchedule{};
  const auto trainer = Trained(job);
  const int64_t skipped = trainer->course().totals().skipped_updates;
  ASSERT_GT(skipped, 2);
  ASSERT_LT(skipped, 15);
  EXPECT_EQ(trainer->course().divergence(), "");
  const auto& curve = trainer->course().curve();
  int64_t step = 0;
  double scale = *curve.front().loss_scale;
  for (size_t i = 0; i < curve.size(); ++i) {
    EXPECT_DOUBLE_EQ(curve[i].learning_rate,
                     At(job.recipe.schedule, job.recipe.optimizer, step, 20).learning_rate)
        << "update " << i + 1;
    const bool was_skipped = i + 1 < curve.size() && *curve[i + 1].loss_scale < scale;
    if (!was_skipped) ++step;
    if (i + 1 < curve.size()) scale = *curve[i + 1].loss_scale;
  }
}

TEST_F(TrainerTest, BeyondTheHorizonTheLastRateHolds) {
  TrainingJob job = Job();
  job.target.max_epochs = 2;
  job.target.loss_interval = 1;
  job.recipe.schedule = OneCycleSchedule{.horizon_epochs = 1};
  const auto& curve = Trained(job)->course().curve();
  EXPECT_GT(curve[3].learning_rate, curve[0].learning_rate);
  EXPECT_EQ(curve[10].learning_rate, curve[9].learning_rate);
  EXPECT_EQ(curve[19].learning_rate, curve[9].learning_rate);
}

TEST_F(TrainerTest, AnAbsurdRateDiverges) {
  TrainingJob job = Job();
  job.recipe.optimizer.learning_rate = 1e6;
  job.recipe.optimizer.gradient_clip = 0;
  const auto trainer = Trained(job);
  EXPECT_NE(trainer->course().divergence(), "");
  Record record;
  JudgeCourse(trainer->course(), false, record);
  EXPECT_EQ(record.status, Status::kDiverged);
}

TEST_F(TrainerTest, StopsWhenItIsAskedTo) {
  TrainingJob job = Job();
  int asked = 0;
  job.should_stop = [&] { return ++asked > 5; };
  const auto trainer = Trained(job);
  EXPECT_TRUE(trainer->stopped());
  EXPECT_EQ(trainer->course().now().update, 5);
}

TEST_F(TrainerTest, SharingSavesMemory) {
  TrainingJob job = Job();
  job.target.max_epochs = 1;
  const int64_t apart = Trained(job)->memory().device_allocated_bytes;
  job.recipe.sharing.layer_of_depth = {0, 0};
  EXPECT_LT(Trained(job)->memory().device_allocated_bytes, apart);
}

TEST_F(TrainerTest, TranslatesWhatItHasLearnt) {
  TrainingJob job = Job();
  job.recipe.model.d_model = 32;
  job.recipe.optimizer.learning_rate = 5e-3;
  job.target.max_epochs = 40;
  job.target.evaluate_every_examples = 100000;
  const auto trainer = Trained(job);
  const TranslationQuality quality =
      Translate(trainer->model(), Toy(), 10, trainer->recipe(), at::kCPU);
  ASSERT_EQ(quality.translations.size(), 10u);
  EXPECT_EQ(quality.translations[3].reference, Toy().TargetReference(3));
  EXPECT_THAT(quality.signature, ::testing::HasSubstr("tok:none"));
  EXPECT_GT(quality.bleu, 10);
  EXPECT_LE(quality.bleu, 100);
}

TEST_F(TrainerTest, ValidationLossDoesNotDependOnDropoutOrSmoothing) {
  TrainingJob job = Job();
  const auto trainer = MakeTrainer(job);
  Timeline timeline(at::kCPU);
  const auto loss = [&](const Recipe& recipe) {
    const auto execution = MakeExecution(trainer->model(), recipe, at::kCPU, ranks_, timeline);
    return ValidationLoss(trainer->model(), *execution, ranks_, Toy().valid(), recipe, at::kCPU);
  };
  Recipe smoothed = job.recipe;
  smoothed.label_smoothing = 0.9;
  EXPECT_EQ(loss(job.recipe), loss(job.recipe));
  EXPECT_EQ(loss(job.recipe), loss(smoothed));
  EXPECT_TRUE(trainer->model()->is_training());
}

}  // namespace
}  // namespace ablate

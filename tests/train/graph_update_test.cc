// Updates of one shape, held to the ordinary ones: on a CPU, where the same work is called instead
// of captured.
#include "harness/train/graph_update.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "harness/train/readings.h"
#include "model/error.h"
#include "model/net/dropout.h"
#include "techniques/kernels_torch.h"
#include "tests/train/toy_corpus.h"

namespace ablate {
namespace {

const EncodedCorpus& Toy() {
  static const EncodedCorpus corpus = EncodedCorpus::Map(testing::WriteToyCorpus(150));
  return corpus;
}

struct Trained {
  std::vector<UpdateFacts> facts;
  std::vector<at::Tensor> parameters;
  std::vector<at::Tensor> averages;
};

class GraphUpdateTest : public ::testing::TestWithParam<Batching::PadTo> {
 protected:
  static void SetUpTestSuite() { at::set_num_threads(1); }

  GraphUpdateTest() {
    recipe_.model = {
        .d_model = 16, .layers = 2, .heads = 2, .d_ff = 32, .dropout = 0, .max_length = 64};
    recipe_.batching = {.batch_size = 20, .pad_to = GetParam()};
    if (GetParam() == Batching::PadTo::kNone) recipe_.batching.max_tokens = 100;
    recipe_.label_smoothing = 0.1;
    // A power of 2, so that it is the same in float32.
    recipe_.optimizer = {.rule = Adam{.decoupled_decay = true},
                         .learning_rate = 0x1p-8,
                         .weight_decay = 0x1p-4,
                         .gradient_clip = 1};
    recipe_.loading.resident = true;
  }

  Trained Train(bool in_one_piece, at::ScalarType type, int64_t updates) {
    Ranks ranks;
    Readings readings(at::kCPU, ranks);
    Transformer model(recipe_.model, Toy().source_vocabulary_size(), Toy().target_vocabulary_size(),
                      /*init_seed=*/1);
    model->to(type);
    model->ComputeWith(MakeKernels(recipe_.kernels, at::kCPU));
    const auto execution = MakeExecution(model, recipe_, at::kCPU, ranks, readings.timeline());
    BatchStream stream(Toy().train(), RuleFor(recipe_.batching, Toy().train(), 64), /*seed=*/1);
    const auto feed = MakeBatchFeed(recipe_.loading, DivisionFor(recipe_, ranks), Toy().train(),
                                    stream, at::kCPU);
    const UpdaterParts parts{.model = model,
                             .execution = *execution,
                             .feed = *feed,
                             .split = Toy().train(),
                             .rule = stream.rule(),
                             .recipe = recipe_,
                             .horizon = horizon_,
                             .most_updates = 2 * horizon_,
                             .target_vocabulary = Toy().target_vocabulary_size(),
                             .device = at::kCPU,
                             .timeline = readings.timeline()};
    const auto updater =
        in_one_piece ? std::make_unique<GraphUpdater>(parts, MakeCalledWork) : MakeUpdater(parts);
    at::manual_seed(5);
    readings.Resume();
    for (int64_t i = 0; i < updates; ++i) readings.Add(updater->Run());
    Trained trained{.facts = readings.Read(), .parameters = model->parameters(), .averages = {}};
    if (updater->average() != nullptr) trained.averages = updater->average()->averages();
    return trained;
  }

  void ExpectSame(at::ScalarType type, double tolerance, int64_t updates = 9) {
    const Trained expected = Train(false, type, updates);
    const Trained got = Train(true, type, updates);
    ASSERT_EQ(got.facts.size(), expected.facts.size());
    for (size_t i = 0; i < got.facts.size(); ++i) {
      SCOPED_TRACE(i);
      ExpectSame(got.facts[i], expected.facts[i], tolerance);
    }
    ExpectNear(got.parameters, expected.parameters, tolerance);
    ExpectNear(got.averages, expected.averages, tolerance);
  }

  Recipe recipe_;
  int64_t horizon_ = 20;

 private:
  static void ExpectSame(const UpdateFacts& got, const UpdateFacts& expected, double tolerance) {
    EXPECT_EQ(got.update, expected.update);
    EXPECT_EQ(got.examples, expected.examples);
    EXPECT_EQ(got.target_tokens, expected.target_tokens);
    EXPECT_EQ(got.skipped, expected.skipped);
    EXPECT_EQ(got.loss_scale, expected.loss_scale);
    EXPECT_DOUBLE_EQ(got.learning_rate, expected.learning_rate);
    if (expected.skipped) return;
    EXPECT_NEAR(got.loss, expected.loss, tolerance * expected.loss);
    EXPECT_NEAR(*got.grad_norm, *expected.grad_norm, 10 * tolerance * *expected.grad_norm);
  }

  static void ExpectNear(const std::vector<at::Tensor>& got,
                         const std::vector<at::Tensor>& expected, double tolerance) {
    ASSERT_EQ(got.size(), expected.size());
    for (size_t i = 0; i < got.size(); ++i) {
      const double worst = (got[i] - expected[i]).abs().max().item<double>();
      EXPECT_LE(worst, 10 * tolerance) << i;
      EXPECT_TRUE(std::isfinite(worst)) << i;
    }
  }
};

TEST_P(GraphUpdateTest, FollowsTheOrdinaryUpdatesInFloat64) { ExpectSame(at::kDouble, 1e-10); }

TEST_P(GraphUpdateTest, FollowsTheOrdinaryUpdatesInFloat32) {
  // So that gradients which are nothing but rounding, as of keys' biases, move nothing.
  recipe_.optimizer.rule = Adam{.epsilon = 1e-3, .decoupled_decay = true};
  ExpectSame(at::kFloat, 1e-5);
}

TEST_P(GraphUpdateTest, FollowsASchedule) {
  recipe_.schedule = OneCycleSchedule{.cycle_momentum = false};
  horizon_ = 5;
  // The rate is float32 where the parameters are updated.
  ExpectSame(at::kDouble, 1e-6);
}

TEST_P(GraphUpdateTest, FollowsARateThatNeverEnds) {
  recipe_.schedule = DecaySchedule{.shape = DecaySchedule::Shape::kInverseSqrt};
  horizon_ = 5;
  ExpectSame(at::kDouble, 1e-6);
}

TEST_P(GraphUpdateTest, FollowsStochasticGradientDescent) {
  recipe_.optimizer.rule = Sgd{.momentum = 0.9};
  ExpectSame(at::kDouble, 1e-10);
}

TEST_P(GraphUpdateTest, AveragesParameters) {
  for (const bool warmup : {false, true}) {
    recipe_.averaging = {.decay = 0.75, .warmup = warmup};
    ExpectSame(at::kDouble, 1e-10);
  }
}

TEST_P(GraphUpdateTest, FollowsSharedLayersAndBf16) {
  recipe_.sharing = {.layer_of_depth = {0, 0}};
  recipe_.precision.autocast = Precision::Autocast::kBFloat16;
  // Bfloat16 has 8 bits.
  ExpectSame(at::kFloat, 0x1p-7, /*updates=*/3);
}

TEST_P(GraphUpdateTest, DrawsNewMasksEachTime) {
  recipe_.model.dropout = 0.5;
  recipe_.optimizer.learning_rate = 0x1p-40;  // nothing else changes
  recipe_.batching.batch_size = 150;
  if (GetParam() == Batching::PadTo::kNone) recipe_.batching.max_tokens = 5000;
  const Trained trained = Train(true, at::kFloat, 2);
  EXPECT_EQ(trained.facts[0].target_tokens, trained.facts[1].target_tokens);
  EXPECT_GT(std::abs(trained.facts[0].loss - trained.facts[1].loss), 1e-4);
}

TEST_P(GraphUpdateTest, IsRefusedWhereTheHostIsNeeded) {
  recipe_.optimizer.rule = Lion{};
  EXPECT_THROW(Train(true, at::kFloat, 1), Error);
  recipe_.optimizer.rule = Adam{};
  recipe_.schedule = OneCycleSchedule{};  // cycles the momentum
  EXPECT_THROW(Train(true, at::kFloat, 1), Error);
  recipe_.schedule = ConstantSchedule{};
  recipe_.loading.resident = false;
  EXPECT_THROW(Train(true, at::kFloat, 1), Error);
  recipe_.loading.resident = true;
  recipe_.graph = true;
  EXPECT_THROW(Train(false, at::kFloat, 1), Error);  // on a CPU
}

INSTANTIATE_TEST_SUITE_P(Shapes, GraphUpdateTest,
                         ::testing::Values(Batching::PadTo::kNone, Batching::PadTo::kCorpusLongest),
                         [](const auto& test) {
                           return test.param == Batching::PadTo::kNone ? "Packed" : "Padded";
                         });

// Float16's scale is too high at first, so that updates are skipped.
class SkippedUpdateTest : public GraphUpdateTest {};

TEST_P(SkippedUpdateTest, LeavesEverythingAsOrdinaryUpdatesDo) {
  recipe_.precision = {.autocast = Precision::Autocast::kFloat16,
                       .initial_loss_scale = 0x1p126,
                       .backoff_factor = 0x1p-40,
                       .growth_interval = 3};
  recipe_.schedule = DecaySchedule{.shape = DecaySchedule::Shape::kLinear};
  recipe_.averaging = {.decay = 0.75, .warmup = true};
  ExpectSame(at::kFloat, 0x1p-9, /*updates=*/8);
  const std::vector<UpdateFacts> facts = Train(true, at::kFloat, 8).facts;
  EXPECT_TRUE(facts.front().skipped);
  EXPECT_FALSE(facts.back().skipped);
}

INSTANTIATE_TEST_SUITE_P(Shapes, SkippedUpdateTest,
                         ::testing::Values(Batching::PadTo::kCorpusLongest));

}  // namespace
}  // namespace ablate

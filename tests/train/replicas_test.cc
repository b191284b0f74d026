// Replicas: the gradient of one thread, from several.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <cmath>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include "harness/train/execution.h"
#include "harness/train/replica_threads.h"
#include "harness/train/trainer.h"
#include "model/error.h"
#include "techniques/checkpointing_torch.h"
#include "techniques/kernels_torch.h"
#include "tests/train/toy_corpus.h"

namespace ablate {
namespace {

const EncodedCorpus& Toy() {
  static const EncodedCorpus corpus = EncodedCorpus::Map(testing::WriteToyCorpus(200));
  return corpus;
}

Recipe SmallRecipe() {
  Recipe recipe;
  recipe.model = {
      .d_model = 16, .layers = 2, .heads = 2, .d_ff = 32, .dropout = 0, .max_length = 64};
  recipe.batching.batch_size = 40;
  recipe.batching.pad_to = Batching::PadTo::kNone;
  recipe.label_smoothing = 0.1;
  return recipe;
}

// Threads for every count of replicas here, however few cores there are.
class ReplicasTest : public ::testing::Test {
 protected:
  ReplicasTest() : threads_(at::get_num_threads()) { at::set_num_threads(5); }
  ~ReplicasTest() override { at::set_num_threads(threads_); }

 private:
  int threads_;
};

// Gradients and loss of a few updates, parameters being the same in all.
struct UpdateResults {
  std::vector<double> losses;
  std::vector<at::Tensor> gradients;
};

at::Tensor Sum(const GradientParts& parts) {
  at::Tensor sum = parts.front().to_dense();
  for (size_t i = 1; i < parts.size(); ++i) sum = sum + parts[i];
  return sum;
}

UpdateResults RunUpdates(const Recipe& recipe, at::ScalarType type, int64_t updates = 3,
                         uint64_t seed = 7) {
  Ranks ranks;
  Timeline timeline(at::kCPU);
  Transformer model(recipe.model, Toy().source_vocabulary_size(), Toy().target_vocabulary_size(),
                    /*init_seed=*/1, recipe.sharing.layer_of_depth);
  model->to(type);
  model->ComputeWith(MakeKernels(recipe.kernels, at::kCPU));
  model->RunLayersBy(MakeLayerRunner(recipe.checkpointing));
  const auto execution = MakeExecution(model, recipe, at::kCPU, ranks, timeline);
  BatchStream stream(Toy().train(), RuleFor(recipe.batching, Toy().train(), 64), /*seed=*/1);
  const auto feed = MakeBatchFeed({}, DivisionFor(recipe, ranks), Toy().train(), stream, at::kCPU);
  UpdateResults result;
  at::manual_seed(seed);
  for (int64_t update = 0; update < updates; ++update) {
    const UpdateShare& share = feed->Next();
    result.losses.push_back(execution->Run(share, *feed, nullptr).loss.item<double>());
    for (const GradientParts& parts : execution->TakeGradients()) {
      result.gradients.push_back(Sum(parts));
    }
  }
  return result;
}

double WorstError(const UpdateResults& got, const UpdateResults& expected) {
  EXPECT_EQ(got.gradients.size(), expected.gradients.size());
  double worst = 0;
  for (size_t i = 0; i < got.gradients.size(); ++i) {
    const at::Tensor difference = got.gradients[i] - expected.gradients[i];
    const double error = (difference.norm() / expected.gradients[i].norm()).item<double>();
    EXPECT_TRUE(std::isfinite(error)) << i;
    worst = std::max(worst, error);
  }
  return worst;
}

TEST_F(ReplicasTest, GiveTheGradientOfOneThread) {
  for (const KernelSet kernels : {KernelSet::kReference, KernelSet::kFused}) {
    for (const auto pad_to : {Batching::PadTo::kNone, Batching::PadTo::kBatchLongest}) {
      for (const int64_t micro_batches : {1, 2}) {
        Recipe recipe = SmallRecipe();
        recipe.kernels = kernels;
        recipe.batching.pad_to = pad_to;
        recipe.micro_batches = micro_batches;
        const UpdateResults one = RunUpdates(recipe, at::kDouble);
        for (const int64_t count : {2, 3}) {
          recipe.replicas.count = count;
          const UpdateResults several = RunUpdates(recipe, at::kDouble);
          EXPECT_LT(WorstError(several, one), 1e-9);
          for (size_t i = 0; i < one.losses.size(); ++i) {
            EXPECT_NEAR(several.losses[i], one.losses[i], 1e-9);
          }
        }
      }
    }
  }
}

TEST_F(ReplicasTest, GiveTheGradientOfOneThreadWhereLayersAreRunAgain) {
  for (const KernelSet kernels : {KernelSet::kReference, KernelSet::kFused}) {
    for (const int64_t micro_batches : {1, 2}) {
      Recipe recipe = SmallRecipe();
      recipe.kernels = kernels;
      recipe.model.layers = 4;
      recipe.sharing.layer_of_depth = {0, 1, 1, 0};
      recipe.micro_batches = micro_batches;
      const UpdateResults one = RunUpdates(recipe, at::kDouble);
      recipe.replicas.count = 3;
      for (const int64_t every : {1, 2}) {
        recipe.checkpointing.every = every;
        EXPECT_LT(WorstError(RunUpdates(recipe, at::kDouble), one), 1e-9);
      }
    }
  }
}

// As those of block products are to be.
Recipe RecipeOfBlocks() {
  Recipe recipe = SmallRecipe();
  recipe.model.d_model = 32;
  recipe.model.d_ff = 64;
  return recipe;
}

// Masks too are drawn again.
TEST_F(ReplicasTest, RunLayersAgainToTheSameBits) {
  for (const KernelSet kernels : {KernelSet::kReference, KernelSet::kFused}) {
    for (const auto autocast : {Precision::Autocast::kOff, Precision::Autocast::kBFloat16}) {
      Recipe recipe = RecipeOfBlocks();
      recipe.kernels = kernels;
      recipe.model.dropout = 0.2;
      recipe.precision.autocast = autocast;
      recipe.replicas.count = 2;
      const UpdateResults kept = RunUpdates(recipe, at::kFloat);
      recipe.checkpointing.every = 1;
      const UpdateResults again = RunUpdates(recipe, at::kFloat);
      EXPECT_EQ(again.losses, kept.losses);
      EXPECT_EQ(WorstError(again, kept), 0);
    }
  }
}

// Sums of bfloat16 are rounded, and the replicas' others than one thread's.
TEST_F(ReplicasTest, InBlocksOfHalvesAreNearOneThread) {
  Recipe recipe = RecipeOfBlocks();
  recipe.kernels = KernelSet::kFused;
  recipe.precision.autocast = Precision::Autocast::kBFloat16;
  const UpdateResults one = RunUpdates(recipe, at::kFloat);
  recipe.replicas.count = 3;
  EXPECT_LT(WorstError(RunUpdates(recipe, at::kFloat), one), 0.05);
}

TEST_F(ReplicasTest, GiveTheSameGradientEachTimeDropoutIncluded) {
  for (const KernelSet kernels : {KernelSet::kReference, KernelSet::kFused}) {
    for (const auto autocast : {Precision::Autocast::kOff, Precision::Autocast::kBFloat16}) {
      Recipe recipe = RecipeOfBlocks();
      recipe.kernels = kernels;
      recipe.model.dropout = 0.2;
      recipe.model.layers = 4;
      recipe.sharing.layer_of_depth = {0, 1, 1, 0};
      recipe.precision.autocast = autocast;
      recipe.replicas.count = 3;
      const UpdateResults first = RunUpdates(recipe, at::kFloat);
      const UpdateResults again = RunUpdates(recipe, at::kFloat);
      EXPECT_EQ(first.losses, again.losses);
      EXPECT_EQ(WorstError(again, first), 0);
    }
  }
}

// The one update of the whole corpus, from the generator's state.
TEST_F(ReplicasTest, DrawMasksFromTheGenerator) {
  for (const KernelSet kernels : {KernelSet::kReference, KernelSet::kFused}) {
    Recipe recipe = SmallRecipe();
    recipe.kernels = kernels;
    recipe.model.dropout = 0.5;
    recipe.replicas.count = 2;
    const double first = RunUpdates(recipe, at::kFloat, 1, /*seed=*/7).losses.front();
    EXPECT_NE(RunUpdates(recipe, at::kFloat, 1, /*seed=*/8).losses.front(), first);
    EXPECT_EQ(RunUpdates(recipe, at::kFloat, 1, /*seed=*/7).losses.front(), first);
  }
}

TEST_F(ReplicasTest, SomeMayHaveNoSentence) {
  Recipe recipe = SmallRecipe();
  recipe.batching.batch_size = 3;
  const UpdateResults one = RunUpdates(recipe, at::kDouble);
  recipe.replicas.count = 5;
  const UpdateResults several = RunUpdates(recipe, at::kDouble);
  EXPECT_LT(WorstError(several, one), 1e-9);
  EXPECT_THAT(several.losses, ::testing::Pointwise(::testing::DoubleNear(1e-9), one.losses));
}

// One throws in its forward; the other has made gradients by then, or will have.
TEST_F(ReplicasTest, LeaveNoGradientsWhereOneThrows) {
  Recipe recipe = SmallRecipe();
  recipe.replicas.count = 2;
  Ranks ranks;
  Timeline timeline(at::kCPU);
  Transformer model(recipe.model, Toy().source_vocabulary_size(), Toy().target_vocabulary_size(),
                    /*init_seed=*/1);
  std::atomic<int64_t> calls = 0;
  std::atomic<bool> failing = true;
  model->RunLayersBy([&](int64_t /*depth*/, const std::vector<at::Tensor>& /*parameters*/,
                         const LayerFunction& layer, const std::vector<at::Tensor>& inputs) {
    if (failing && ++calls == 6) throw std::runtime_error("a layer fails");
    return layer(inputs);
  });
  const auto execution = MakeExecution(model, recipe, at::kCPU, ranks, timeline);
  BatchStream stream(Toy().train(), RuleFor(recipe.batching, Toy().train(), 64), /*seed=*/1);
  const auto feed = MakeBatchFeed({}, DivisionFor(recipe, ranks), Toy().train(), stream, at::kCPU);
  const UpdateShare& share = feed->Next();
  EXPECT_THROW(execution->Run(share, *feed, nullptr), std::runtime_error);
  EXPECT_THROW(execution->TakeGradients(), std::logic_error);
  failing = false;
  execution->Run(share, *feed, nullptr);
  const PartedGradients after = execution->TakeGradients();
  execution->Run(share, *feed, nullptr);
  const PartedGradients again = execution->TakeGradients();
  for (size_t i = 0; i < after.size(); ++i) EXPECT_TRUE(Sum(after[i]).equal(Sum(again[i]))) << i;
}

TEST_F(ReplicasTest, AreRefusedWithoutAThreadForEach) {
  at::set_num_threads(2);
  Recipe recipe = SmallRecipe();
  recipe.replicas.count = 3;
  try {
    RunUpdates(recipe, at::kFloat);
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("3 of a thread each, but the run has 2"));
  }
}

TEST_F(ReplicasTest, TrainAsOneThreadDoes) {
  const auto losses = [](int64_t count) {
    TrainingJob job;
    job.recipe = SmallRecipe();
    job.recipe.kernels = KernelSet::kFused;
    job.recipe.replicas.count = count;
    job.recipe.optimizer = {.rule = Adam(), .learning_rate = 3e-3, .gradient_clip = 1};
    job.target = {.value = 0, .max_epochs = 4, .window_examples = 100, .loss_interval = 1};
    job.seed = 3;
    Ranks ranks;
    Progress progress(-1);
    Trainer trainer(job, Toy(), at::kCPU, ranks, progress);
    trainer.WarmUp();
    trainer.Train();
    std::vector<double> curve;
    for (const CurveRow& row : trainer.course().curve()) {
      if (row.train_loss) curve.push_back(*row.train_loss);
    }
    return curve;
  };
  const std::vector<double> one = losses(1);
  EXPECT_THAT(losses(2), ::testing::Pointwise(::testing::DoubleNear(1e-3), one));
  EXPECT_LT(one.back(), one.front());
}

TEST(ReplicaThreadsTest, EachRunsOnceACall) {
  std::atomic<int64_t> started = 0;
  ReplicaThreads threads(4, [&](int64_t) { ++started; });
  for (int round = 0; round < 100; ++round) {
    std::vector<int64_t> calls(4);
    threads.Run([&](int64_t thread) { ++calls[thread]; });
    EXPECT_THAT(calls, ::testing::Each(1));
  }
  EXPECT_EQ(started, 3);
}

TEST(ReplicaThreadsTest, WhatStartThrowsIsThrownAndNoThreadIsLeft) {
  std::atomic<int64_t> started = 0;
  const auto start = [&](int64_t thread) {
    ++started;
    if (thread == 2) throw std::runtime_error("no start");
  };
  EXPECT_THROW(ReplicaThreads(4, start), std::runtime_error);
  EXPECT_EQ(started, 3);
}

// Room for the stacks of few threads more than there are.
void LimitMemory() {
  int64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const rlim_t bytes = pages * 4096 + (rlim_t{64} << 20);
  const rlimit limit = {bytes, bytes};
  setrlimit(RLIMIT_AS, &limit);
}

TEST(ReplicaThreadsTest, AThreadThatCannotBeHadIsAnErrorAndNoThreadIsLeft) {
  const auto try_many = [] {
    LimitMemory();
    try {
      ReplicaThreads threads(1000, [](int64_t) {});
    } catch (const std::system_error&) {
      _exit(0);
    }
    _exit(1);
  };
  EXPECT_EXIT(try_many(), ::testing::ExitedWithCode(0), "");
}

TEST(ReplicaThreadsTest, WhatOneThrowsIsThrownOnceAllHaveEnded) {
  ReplicaThreads threads(3, [](int64_t) {});
  std::atomic<int64_t> ended = 0;
  const auto work = [&](int64_t thread) {
    if (thread > 0) throw std::runtime_error("thread " + std::to_string(thread));
    ++ended;
  };
  try {
    threads.Run(work);
    FAIL() << "nothing was thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "thread 1");
  }
  EXPECT_EQ(ended, 1);
  threads.Run([&](int64_t) { ++ended; });
  EXPECT_EQ(ended, 4);
}

}  // namespace
}  // namespace ablate

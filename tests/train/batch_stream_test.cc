#include "harness/train/batch_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "model/error.h"
#include "tests/train/toy_corpus.h"

namespace ablate {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

const EncodedCorpus& Toy() {
  static const EncodedCorpus corpus = EncodedCorpus::Map(testing::WriteToyCorpus(100));
  return corpus;
}

TEST(BatchStreamTest, GoesOnEpochAfterEpochInANewOrder) {
  const Batching batching{.batch_size = 32};
  BatchStream stream(Toy().train(), RuleFor(batching, Toy().train(), 64), 1);
  ASSERT_EQ(stream.UpdatesIn(1), 4);
  std::vector<int64_t> first, second;
  for (std::vector<int64_t>* epoch : {&first, &second}) {
    for (int i = 0; i < 4; ++i) {
      const Batch& batch = stream.Next();
      epoch->insert(epoch->end(), batch.sentences.begin(), batch.sentences.end());
    }
  }
  EXPECT_NE(first, second);
  EXPECT_THAT(first, ::testing::UnorderedElementsAreArray(second));
}

TEST(BatchStreamTest, WarmupTakesTheLongestBatchAndDoesNotMove) {
  const Batching batching{.batch_size = 8, .pad_to = Batching::PadTo::kBatchLongest};
  const BatchRule rule = RuleFor(batching, Toy().train(), 64);
  BatchStream stream(Toy().train(), rule, 1);
  const std::vector<Batch> warmup = stream.ForWarmup(2);
  ASSERT_EQ(warmup.size(), 3u);
  EXPECT_EQ(warmup[0].source_length, Toy().train().source.longest() + 2);
  EXPECT_EQ(stream.Next().sentences, BatchStream(Toy().train(), rule, 1).Next().sentences);
}

TEST(BatchStreamTest, NoShuffleIsCutByTheNumberOfSentences) {
  for (const int64_t tokens : {50, 200, 400}) {
    const Batching batching{.max_tokens = tokens, .pad_to = Batching::PadTo::kNone};
    const BatchRule rule = RuleFor(batching, Toy().train(), 64);
    EXPECT_GT(rule.max_sentences, 0);
    BatchRule any = rule;
    any.max_sentences = 0;
    for (int64_t epoch = 0; epoch < 20; ++epoch) {
      const auto limited = EpochBatches(Toy().train(), rule, 1, epoch);
      const auto free = EpochBatches(Toy().train(), any, 1, epoch);
      ASSERT_EQ(limited.size(), free.size()) << tokens;
      for (size_t i = 0; i < free.size(); ++i) ASSERT_EQ(limited[i].sentences, free[i].sentences);
    }
  }
}

TEST(BatchStreamTest, OnlyPackedBatchesAreFilledUp) {
  Recipe recipe;
  recipe.model.max_length = 64;
  recipe.batching.pad_to = Batching::PadTo::kNone;
  EXPECT_EQ(TrainingRule(recipe, Toy().train(), 16).token_multiple, 16);
  recipe.batching.pad_to = Batching::PadTo::kBatchLongest;
  EXPECT_EQ(TrainingRule(recipe, Toy().train(), 16).token_multiple, 1);
}

TEST(BatchStreamTest, PoolsMayHaveBatchesOfTheShortestAlone) {
  const Batching batching{
      .max_tokens = 200, .order = Batching::Order::kLengthPools, .pad_to = Batching::PadTo::kNone};
  EXPECT_EQ(RuleFor(batching, Toy().train(), 64).max_sentences, 0);
}

TEST(BatchStreamTest, RefusesSentencesThatDoNotFit) {
  const Batching fixed{.batch_size = 8, .pad_to = Batching::PadTo::kLength, .length = 9};
  EXPECT_THAT([&] { RuleFor(fixed, Toy().train(), 64); },
              ThrowsMessage<Error>(HasSubstr("padding's length is 9")));
  EXPECT_THAT([&] { RuleFor({}, Toy().train(), 9); },
              ThrowsMessage<Error>(HasSubstr("model.max_length is 9")));
}

TEST(BatchStreamTest, RefusesSentencesAboveTheBudgetOfTokens) {
  const int64_t longest =
      std::max(Toy().train().source.longest() + 2, Toy().train().target.longest() + 1);
  Batching batching{.max_tokens = longest, .pad_to = Batching::PadTo::kBatchLongest};
  EXPECT_NO_THROW(RuleFor(batching, Toy().train(), 64));
  batching.max_tokens = longest - 1;
  EXPECT_THAT([&] { RuleFor(batching, Toy().train(), 64); },
              ThrowsMessage<Error>(HasSubstr("batching's max_tokens is")));
  batching.max_tokens = 15;
  batching.pad_to = Batching::PadTo::kLength;
  batching.length = 16;
  EXPECT_THAT([&] { RuleFor(batching, Toy().train(), 64); },
              ThrowsMessage<Error>(HasSubstr("batching's max_tokens is 15")));
}

// How many of a stream's updates begin within so many epochs.
int64_t CountedUpdates(const BatchRule& rule, double epochs) {
  BatchStream stream(Toy().train(), rule, 1);
  int64_t updates = 0;
  for (int64_t examples = 0; static_cast<double>(examples) < epochs * 100; ++updates) {
    examples += std::ssize(stream.Next().sentences);
  }
  return updates;
}

TEST(BatchStreamTest, CountsTheUpdatesOfEpochsWhileBatchesGrowAndAfter) {
  for (const double growth_epochs : {0.0, 0.5, 1.0, 2.5}) {
    for (const Batching::Order order :
         {Batching::Order::kShuffled, Batching::Order::kLengthPools}) {
      const Batching batching{.batch_size = 9,
                              .growth_epochs = growth_epochs,
                              .initial_fraction = 0.3,
                              .order = order,
                              .pool_batches = 3,
                              .pad_to = Batching::PadTo::kBatchLongest};
      const BatchRule rule = RuleFor(batching, Toy().train(), 64);
      const BatchStream stream(Toy().train(), rule, 1);
      for (const double epochs : {1.0, 2.0, 3.0, 7.0}) {
        EXPECT_EQ(stream.UpdatesIn(epochs), CountedUpdates(rule, epochs)) << growth_epochs;
      }
      if (growth_epochs > 2) {
        EXPECT_EQ(stream.UpdatesIn(1.3), CountedUpdates(rule, 1.3));
      }
    }
  }
}

TEST(BatchStreamTest, CountsPartsOfAnEpochInProportion) {
  const BatchStream stream(Toy().train(), RuleFor({.batch_size = 10}, Toy().train(), 64), 1);
  EXPECT_EQ(stream.UpdatesIn(2.5), 25);
  EXPECT_EQ(stream.UpdatesIn(0.04), 0);
}

TEST(BatchStreamTest, WarmsUpWithAWholeBatchThoughTheFirstAreSmall) {
  const Batching batching{.batch_size = 16, .growth_epochs = 3, .initial_fraction = 0.1};
  const BatchStream stream(Toy().train(), RuleFor(batching, Toy().train(), 64), 1);
  const std::vector<Batch> warmup = stream.ForWarmup(2);
  EXPECT_EQ(warmup[0].sentences.size(), 16u);
  EXPECT_EQ(warmup[1].sentences.size(), 2u);
}

}  // namespace
}  // namespace ablate

#include "harness/train/fixed_shape.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "harness/train/batch_stream.h"
#include "model/data/encoded_corpus.h"
#include "tests/train/toy_corpus.h"

namespace ablate {
namespace {

const EncodedSplit& Toy() {
  static const EncodedCorpus corpus = EncodedCorpus::Map(testing::WriteToyCorpus(300));
  return corpus.train();
}

TEST(FixedShapeTest, HoldsEveryPackedBatchAndLeavesEachFillerAToken) {
  for (const int64_t budget : {12, 40, 100, 1000}) {
    const BatchRule rule{.max_tokens = budget, .packed = true};
    const FixedShape shape = ShapeFor(Toy(), rule);
    int64_t most = 0;
    for (int64_t epoch = 0; epoch < 5; ++epoch) {
      for (const Batch& batch : EpochBatches(Toy(), rule, /*order_seed=*/epoch, epoch)) {
        most = std::max(most, std::ssize(batch.sentences));
        ASSERT_LE(std::ssize(batch.sentences), shape.sentences);
        ASSERT_LE(batch.source_length, shape.source_length);
        ASSERT_LE(batch.target_length, shape.target_length);
        ASSERT_LE(batch.source_tokens + shape.fillers, shape.source_tokens);
        ASSERT_LE(batch.target_tokens + shape.fillers, shape.target_tokens);
      }
    }
    EXPECT_GE(most, shape.sentences / 3) << budget;
  }
}

TEST(FixedShapeTest, FillersAreNoLongerThanTheLongestEvenOfAnEmptyBatch) {
  for (const int64_t budget : {12, 40, 100, 4096, 10000}) {
    const FixedShape shape = ShapeFor(Toy(), {.max_tokens = budget, .packed = true});
    const int64_t longest = (shape.source_tokens + shape.fillers - 1) / shape.fillers;
    EXPECT_LE(longest, std::min(shape.source_length, shape.target_length)) << budget;
    EXPECT_EQ(shape.computed_source_tokens() % 8, 0);
    // What fillers cost beside the budget: each a token, of up to 64 that it may be long.
    EXPECT_LE(shape.fillers, 8 + budget / 8) << budget;
  }
}

TEST(FixedShapeTest, HasNoMoreSentencesThanTheRuleAllows) {
  const BatchRule any{.max_tokens = 1000, .packed = true};
  BatchRule few = any;
  few.max_sentences = 50;
  ASSERT_GT(ShapeFor(Toy(), any).sentences, 50);
  EXPECT_EQ(ShapeFor(Toy(), few).sentences, 50);
}

TEST(FixedShapeTest, PadsAsTheRuleSays) {
  const FixedShape sentences =
      ShapeFor(Toy(), {.batch_size = 20, .source_length = 12, .target_length = 10});
  EXPECT_EQ(sentences.sentences, 20);
  EXPECT_EQ(sentences.computed_source_tokens(), 240);
  EXPECT_EQ(sentences.computed_target_tokens(), 200);
  const FixedShape tokens =
      ShapeFor(Toy(), {.max_tokens = 100, .source_length = 12, .target_length = 10});
  EXPECT_EQ(tokens.sentences, 8);
}

TEST(FixedShapeTest, BatchesOfTheLongestHaveNone) {
  EXPECT_THROW(ShapeFor(Toy(), {.batch_size = 20}), std::logic_error);
  EXPECT_THROW(ShapeFor(Toy(), {.batch_size = 20, .packed = true}), std::logic_error);
}

}  // namespace
}  // namespace ablate

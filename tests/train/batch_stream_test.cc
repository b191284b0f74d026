#include "harness/train/batch_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

TEST(BatchStreamTest, RefusesSentencesThatDoNotFit) {
  const Batching fixed{.batch_size = 8, .pad_to = Batching::PadTo::kLength, .length = 9};
  EXPECT_THAT([&] { RuleFor(fixed, Toy().train(), 64); },
              ThrowsMessage<Error>(HasSubstr("padding's length is 9")));
  EXPECT_THAT([&] { RuleFor({}, Toy().train(), 9); },
              ThrowsMessage<Error>(HasSubstr("model.max_length is 9")));
}

}  // namespace
}  // namespace ablate

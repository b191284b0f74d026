#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "model/data/batches.h"
#include "model/data/vocabulary_spec.h"
#include "tests/data/random_split.h"

namespace ablate {
namespace {

using ::testing::ElementsAre;
using testing::RandomSplit;
using testing::TestSplit;

TEST(CollateTest, WrapsTokensInSpecialsAndPads) {
  TestSplit sides;
  for (int64_t length : {2, 1}) sides.source.Append(length);
  for (int64_t length : {1, 3}) sides.target.Append(length);
  CollatedBatch out;
  const std::vector<int64_t> sentences = {1, 0};
  const BatchRule rule{.source_length = 5, .target_length = 4};
  Collate(sides.split(), MakeBatch(sides.split(), rule, sentences), out);
  EXPECT_EQ(out.rows, 2);
  EXPECT_THAT(out.source, ElementsAre(kSos, 104, kEos, kPad, kPad,  //
                                      kSos, 4, 5, kEos, kPad));
  EXPECT_THAT(out.target_in, ElementsAre(kSos, 104, 105, 106,  //
                                         kSos, 4, kPad, kPad));
  EXPECT_THAT(out.target_out, ElementsAre(104, 105, 106, kEos,  //
                                          4, kEos, kPad, kPad));
  EXPECT_EQ(out.source_tokens, 7);
  EXPECT_EQ(out.target_tokens, 6);
  EXPECT_TRUE(out.source_padded);
  EXPECT_TRUE(out.target_padded);
}

TEST(CollateTest, PacksSentencesEndToEnd) {
  TestSplit sides;
  for (int64_t length : {2, 1, 0}) sides.source.Append(length);
  for (int64_t length : {1, 3, 0}) sides.target.Append(length);
  const std::vector<int64_t> sentences = {1, 2, 0};
  CollatedBatch out;
  Collate(sides.split(), MakeBatch(sides.split(), {.packed = true}, sentences), out);
  EXPECT_TRUE(out.packed);
  EXPECT_EQ(out.rows, 3);
  EXPECT_THAT(out.source, ElementsAre(kSos, 104, kEos,  //
                                      kSos, kEos,       //
                                      kSos, 4, 5, kEos));
  EXPECT_THAT(out.target_in, ElementsAre(kSos, 104, 105, 106,  //
                                         kSos,                 //
                                         kSos, 4));
  EXPECT_THAT(out.target_out, ElementsAre(104, 105, 106, kEos,  //
                                          kEos,                 //
                                          4, kEos));
  EXPECT_THAT(out.source_lengths, ElementsAre(3, 2, 4));
  EXPECT_THAT(out.target_lengths, ElementsAre(4, 1, 2));
  EXPECT_EQ(out.source_length, 4);
  EXPECT_EQ(out.target_length, 4);
  EXPECT_EQ(out.source_tokens, 9);
  EXPECT_EQ(out.target_tokens, 7);
  EXPECT_FALSE(out.source_padded);
  EXPECT_FALSE(out.target_padded);
}

TEST(CollateTest, FillsPackedBatchesUpToAMultiple) {
  TestSplit sides;
  for (int64_t length : {2, 1}) sides.source.Append(length);
  for (int64_t length : {1, 3}) sides.target.Append(length);
  const std::vector<int64_t> sentences = {1, 0};
  const auto batch_of = [&](int64_t multiple) {
    return MakeBatch(sides.split(), {.packed = true, .token_multiple = multiple}, sentences);
  };
  CollatedBatch out;
  Collate(sides.split(), batch_of(4), out);
  EXPECT_EQ(batch_of(4).source_tokens, 8);
  EXPECT_EQ(batch_of(4).target_tokens, 8);
  EXPECT_THAT(out.source, ElementsAre(kSos, 104, kEos, kSos, 4, 5, kEos, kPad));
  EXPECT_THAT(out.target_in, ElementsAre(kSos, 104, 105, 106, kSos, 4, kPad, kPad));
  EXPECT_THAT(out.target_out, ElementsAre(104, 105, 106, kEos, 4, kEos, kPad, kPad));
  EXPECT_THAT(out.source_lengths, ElementsAre(3, 4));
  EXPECT_EQ(out.source_tokens, 7);
  EXPECT_EQ(out.target_tokens, 6);
  // One that it is a multiple of already.
  Collate(sides.split(), batch_of(6), out);
  EXPECT_EQ(std::ssize(out.target_out), 6);
}

// Sentence by sentence, what a padded batch holds before its PAD is what a packed one holds.
TEST(CollateTest, PackedHoldsWhatPaddedHoldsWithoutPad) {
  const TestSplit sides = RandomSplit(200);
  const auto split = sides.split();
  CollatedBatch padded, packed;
  const auto without_pad = [](std::vector<int64_t> ids) {
    std::erase(ids, int64_t{kPad});
    return ids;
  };
  // One pair of batches after the other, in the same memory.
  for (const Batch& batch : EpochBatches(split, {.batch_size = 17}, 1, 0)) {
    Collate(split, batch, padded);
    Collate(split, MakeBatch(split, {.packed = true}, batch.sentences), packed);
    EXPECT_EQ(packed.source, without_pad(padded.source));
    EXPECT_EQ(packed.target_in, without_pad(padded.target_in));
    EXPECT_EQ(packed.target_out, without_pad(padded.target_out));
    EXPECT_EQ(packed.source_lengths, padded.source_lengths);
    EXPECT_EQ(packed.target_lengths, padded.target_lengths);
    EXPECT_EQ(packed.source_tokens, padded.source_tokens);
    EXPECT_EQ(packed.target_tokens, padded.target_tokens);
  }
}

TEST(CollateTest, TakesPackedAndPaddedInTurnIntoTheSameMemory) {
  const TestSplit sides = RandomSplit(60);
  const auto split = sides.split();
  const std::vector<int64_t> sentences = {3, 14, 15, 9, 26};
  CollatedBatch reused, fresh;
  Collate(split, MakeBatch(split, {.packed = true}, sentences), reused);
  Collate(split, MakeBatch(split, {}, sentences), reused);
  Collate(split, MakeBatch(split, {}, sentences), fresh);
  EXPECT_FALSE(reused.packed);
  EXPECT_EQ(reused.source, fresh.source);
  EXPECT_EQ(reused.target_out, fresh.target_out);
  EXPECT_EQ(reused.source_lengths, fresh.source_lengths);
  EXPECT_EQ(reused.source_padded, fresh.source_padded);
}

TEST(CollateTest, SaysWhereNothingIsPadded) {
  TestSplit sides;
  for (int64_t length : {2, 2}) sides.source.Append(length);
  for (int64_t length : {3, 1}) sides.target.Append(length);
  CollatedBatch out;
  Collate(sides.split(), EvaluationBatches(sides.split(), 2)[0], out);
  EXPECT_FALSE(out.source_padded);
  EXPECT_TRUE(out.target_padded);
}

TEST(CollateTest, LeavesNothingOfTheBatchBefore) {
  const TestSplit sides = RandomSplit(300);
  const auto batches = EpochBatches(sides.split(), {.batch_size = 17}, 1, 0);
  CollatedBatch reused;
  for (const Batch& batch : batches) {
    CollatedBatch fresh;
    Collate(sides.split(), batch, reused);
    Collate(sides.split(), batch, fresh);
    EXPECT_EQ(reused.source, fresh.source);
    EXPECT_EQ(reused.target_in, fresh.target_in);
    EXPECT_EQ(reused.target_out, fresh.target_out);
    EXPECT_EQ(reused.target_tokens, fresh.target_tokens);
  }
}

TEST(CollateTest, KeepsItsMemory) {
  const TestSplit sides = RandomSplit(300);
  const auto batches = EpochBatches(sides.split(), {.batch_size = 16}, 1, 0);
  CollatedBatch out;
  const BatchRule widest{.source_length = 64, .target_length = 64};
  Collate(sides.split(), MakeBatch(sides.split(), widest, batches[0].sentences), out);
  const int64_t* memory = out.source.data();
  for (const Batch& batch : batches) {
    Collate(sides.split(), batch, out);
    EXPECT_EQ(out.source.data(), memory);
  }
}

TEST(CollateTest, RefusesSentenceThatDoesNotFit) {
  TestSplit sides;
  sides.source.Append(4);
  sides.target.Append(4);
  CollatedBatch out;
  EXPECT_THROW(
      Collate(sides.split(), {.sentences = {0}, .source_length = 5, .target_length = 5}, out),
      std::logic_error);
  EXPECT_THROW(
      Collate(sides.split(), {.sentences = {0}, .source_length = 6, .target_length = 4}, out),
      std::logic_error);
}

TEST(CollateTest, RefusesABatchThatDoesNotFitItsTokens) {
  const TestSplit sides = RandomSplit(10);
  const std::vector<int64_t> sentences = {1, 2, 3};
  for (const bool packed : {false, true}) {
    Batch batch = MakeBatch(sides.split(), {.packed = packed}, sentences);
    batch.target_tokens -= 1;
    CollatedBatch out;
    EXPECT_THROW(Collate(sides.split(), batch, out), std::logic_error);
  }
}

}  // namespace
}  // namespace ablate

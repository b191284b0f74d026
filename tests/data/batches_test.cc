#include "model/data/batches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tests/data/random_split.h"

namespace ablate {
namespace {

using ::testing::ElementsAre;
using testing::RandomSplit;
using testing::TestSplit;

std::vector<int64_t> Sentences(const std::vector<Batch>& batches) {
  std::vector<int64_t> sentences;
  for (const Batch& batch : batches) {
    sentences.insert(sentences.end(), batch.sentences.begin(), batch.sentences.end());
  }
  return sentences;
}

void ExpectEachOnce(const std::vector<Batch>& batches, int64_t sentences) {
  std::vector<int64_t> sorted = Sentences(batches);
  std::ranges::sort(sorted);
  std::vector<int64_t> all(sentences);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(sorted, all);
}

void ExpectSizes(const std::vector<Batch>& batches, int64_t batch_size, int64_t sentences) {
  EXPECT_EQ(std::ssize(batches), (sentences + batch_size - 1) / batch_size);
  const auto partial = std::ranges::count_if(
      batches, [&](const Batch& batch) { return std::ssize(batch.sentences) != batch_size; });
  EXPECT_EQ(partial, sentences % batch_size == 0 ? 0 : 1);
}

double PaddingEfficiency(const EncodedSplit& split, const std::vector<Batch>& batches) {
  int64_t real = 0;
  int64_t padded = 0;
  for (const Batch& batch : batches) {
    for (int64_t i : batch.sentences) real += split.source.length(i) + split.target.length(i) + 3;
    padded += std::ssize(batch.sentences) * (batch.source_length + batch.target_length);
  }
  return static_cast<double>(real) / static_cast<double>(padded);
}

TEST(EpochBatchesTest, HoldEverySentenceOnce) {
  const TestSplit sides = RandomSplit(1001);
  for (int64_t pool : {0, 1, 3, 1000}) {
    for (int64_t batch_size : {1, 7, 32, 1001, 5000}) {
      const auto batches =
          EpochBatches(sides.split(), {.batch_size = batch_size, .pool_batches = pool}, 1, 0);
      ExpectEachOnce(batches, 1001);
      ExpectSizes(batches, batch_size, 1001);
    }
  }
}

TEST(EpochBatchesTest, DependOnSeedAndEpochAlone) {
  const TestSplit sides = RandomSplit(200);
  const BatchRule rule = {.batch_size = 16};
  const auto order = [&](uint64_t seed, int64_t epoch) {
    return Sentences(EpochBatches(sides.split(), rule, seed, epoch));
  };
  EXPECT_EQ(order(1, 0), order(1, 0));
  EXPECT_NE(order(1, 0), order(2, 0));
  EXPECT_NE(order(1, 0), order(1, 1));
  EXPECT_NE(order(1, 1), order(2, 0));
}

TEST(EpochBatchesTest, AreTheSameUnderAnyPadding) {
  const TestSplit sides = RandomSplit(200);
  const auto dynamic = EpochBatches(sides.split(), {.batch_size = 16}, 5, 3);
  const auto fixed = EpochBatches(
      sides.split(), {.batch_size = 16, .source_length = 40, .target_length = 50}, 5, 3);
  ASSERT_EQ(dynamic.size(), fixed.size());
  for (size_t i = 0; i < dynamic.size(); ++i) {
    EXPECT_EQ(dynamic[i].sentences, fixed[i].sentences);
    EXPECT_EQ(fixed[i].source_length, 40);
    EXPECT_EQ(fixed[i].target_length, 50);
    EXPECT_LT(dynamic[i].source_length, 40);
  }
}

TEST(EpochBatchesTest, PadToTheLongestOfTheBatchSpecialsIncluded) {
  TestSplit sides;
  for (int64_t length : {3, 9, 5}) sides.source.Append(length);
  for (int64_t length : {4, 0, 7}) sides.target.Append(length);
  const auto batches = EpochBatches(sides.split(), {.batch_size = 3}, 1, 0);
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0].source_length, 11);
  EXPECT_EQ(batches[0].target_length, 8);
}

TEST(EpochBatchesTest, PoolsPadLessAndStayShuffled) {
  const TestSplit sides = RandomSplit(4000);
  const auto split = sides.split();
  const auto shuffled = EpochBatches(split, {.batch_size = 32}, 1, 0);
  const auto pooled = EpochBatches(split, {.batch_size = 32, .pool_batches = 20}, 1, 0);
  EXPECT_LT(PaddingEfficiency(split, shuffled), 0.65);
  EXPECT_GT(PaddingEfficiency(split, pooled), 0.85);
  const auto by_length = [](const Batch& a, const Batch& b) {
    return a.target_length < b.target_length;
  };
  EXPECT_FALSE(std::ranges::is_sorted(pooled.begin(), pooled.begin() + 20, by_length));
  EXPECT_NE(Sentences(pooled),
            Sentences(EpochBatches(split, {.batch_size = 32, .pool_batches = 20}, 1, 1)));
}

int64_t Budget(const Batch& batch) {
  return std::ssize(batch.sentences) * std::max(batch.source_length, batch.target_length);
}

// Every way to pad and to order, cut by tokens.
std::vector<BatchRule> TokenRules(int64_t max_tokens) {
  const BatchRule dynamic = {.max_tokens = max_tokens};
  BatchRule fixed = dynamic;
  fixed.source_length = 40;
  fixed.target_length = 45;
  BatchRule pools = dynamic;
  pools.pool_batches = 10;
  BatchRule growing = pools;
  growing.growth_epochs = 1.5;
  growing.initial_fraction = 0.1;
  return {dynamic, fixed, pools, growing};
}

TEST(EpochBatchesTest, CutByTokensHoldEverySentenceOnceWithinTheBudget) {
  const TestSplit sides = RandomSplit(1001);
  for (const int64_t max_tokens : {45, 200, 1000, 100'000}) {
    for (const BatchRule& rule : TokenRules(max_tokens)) {
      for (const int64_t epoch : {0, 1, 2}) {
        const auto batches = EpochBatches(sides.split(), rule, 1, epoch);
        ExpectEachOnce(batches, 1001);
        for (const Batch& batch : batches) EXPECT_LE(Budget(batch), max_tokens);
      }
    }
  }
}

TEST(EpochBatchesTest, CutByTokensAreFilledAsFarAsTheNextSentenceLets) {
  const TestSplit sides = RandomSplit(1001);
  const BatchRule rule = {.max_tokens = 300};
  const auto batches = EpochBatches(sides.split(), rule, 1, 0);
  for (size_t i = 0; i + 1 < batches.size(); ++i) {
    std::vector<int64_t> one_more = batches[i].sentences;
    one_more.push_back(batches[i + 1].sentences[0]);
    EXPECT_GT(Budget(MakeBatch(sides.split(), rule, one_more)), 300);
  }
  for (const Batch& batch : EpochBatches(
           sides.split(), {.max_tokens = 300, .source_length = 40, .target_length = 50}, 1, 0)) {
    EXPECT_LE(batch.sentences.size(), 6u);
  }
}

TEST(EpochBatchesTest, PoolsCutByTokensPadLessAndMakeAboutTheirNumberOfBatches) {
  const TestSplit sides = RandomSplit(4000);
  const auto split = sides.split();
  const auto shuffled = EpochBatches(split, {.max_tokens = 600}, 1, 0);
  const auto pooled = EpochBatches(split, {.max_tokens = 600, .pool_batches = 20}, 1, 0);
  EXPECT_LT(PaddingEfficiency(split, shuffled), 0.7);
  EXPECT_GT(PaddingEfficiency(split, pooled), 0.85);
  // The first pool alone, which is of all lengths.
  const std::vector<Batch> pool(pooled.begin(), pooled.begin() + 20);
  const auto [shortest, longest] = std::ranges::minmax(pool, {}, &Batch::source_length);
  EXPECT_LT(shortest.source_length, 8);
  EXPECT_GT(longest.source_length, 30);
  EXPECT_GT(std::ssize(Sentences(pool)), 20 * 25);
  EXPECT_LT(std::ssize(Sentences(pool)), 20 * 45);
}

// Of each batch, which fraction of a whole one it may hold after the examples before it.
std::vector<double> Fractions(const std::vector<Batch>& batches, const BatchRule& rule,
                              int64_t before, int64_t epoch_examples) {
  std::vector<double> fractions;
  for (const Batch& batch : batches) {
    const double grown =
        static_cast<double>(before) / (rule.growth_epochs * static_cast<double>(epoch_examples));
    fractions.push_back(std::min(1.0, rule.initial_fraction + (1 - rule.initial_fraction) * grown));
    before += std::ssize(batch.sentences);
  }
  return fractions;
}

TEST(EpochBatchesTest, GrowInProportionToTheExamplesBeforeThem) {
  const TestSplit sides = RandomSplit(2000);
  for (const int64_t pool : {0, 7, 1000}) {
    const BatchRule rule = {
        .batch_size = 40, .pool_batches = pool, .growth_epochs = 1.5, .initial_fraction = 0.2};
    for (const int64_t epoch : {0, 1, 2}) {
      const auto batches = EpochBatches(sides.split(), rule, 1, epoch);
      ExpectEachOnce(batches, 2000);
      const auto fractions = Fractions(batches, rule, epoch * 2000, 2000);
      // The last of the sentences are too few for a batch. In a pool that one is anywhere among
      // the others, and those after it have a little less before them.
      const int64_t tolerance = pool == 0 ? 0 : 1;
      int64_t others = 0;
      for (size_t i = 0; i < batches.size(); ++i) {
        const int64_t expected = std::llround(40 * fractions[i]);
        if (std::abs(std::ssize(batches[i].sentences) - expected) > tolerance) ++others;
      }
      EXPECT_LE(others, 1) << pool << ' ' << epoch;
    }
  }
  const BatchRule whole = {.batch_size = 40};
  const BatchRule grown = {.batch_size = 40, .growth_epochs = 2, .initial_fraction = 0.2};
  EXPECT_EQ(Sentences(EpochBatches(sides.split(), whole, 1, 2)),
            Sentences(EpochBatches(sides.split(), grown, 1, 2)));
}

TEST(EpochBatchesTest, GrowByTokensToo) {
  const TestSplit sides = RandomSplit(4000);
  for (const int64_t pool : {0, 7, 1000}) {
    const BatchRule rule = {
        .max_tokens = 800, .pool_batches = pool, .growth_epochs = 1, .initial_fraction = 0.1};
    const auto batches = EpochBatches(sides.split(), rule, 1, 0);
    const auto fractions = Fractions(batches, rule, 0, 4000);
    for (size_t i = 0; i < batches.size(); ++i) {
      EXPECT_LE(static_cast<double>(Budget(batches[i])), 800 * (fractions[i] + 0.05) + 1)
          << pool << ' ' << i;
    }
    const auto mean = [&](size_t begin, size_t end) {
      int64_t sum = 0;
      for (size_t i = begin; i < end; ++i) sum += Budget(batches[i]);
      return static_cast<double>(sum) / static_cast<double>(end - begin);
    };
    EXPECT_LT(mean(0, 10), 0.2 * 800) << pool;
    EXPECT_GT(mean(batches.size() - 11, batches.size() - 1), 0.75 * 800) << pool;
  }
}

TEST(EpochBatchesTest, GiveALimitThatStillGrowsAnyLengthOfAPool) {
  const TestSplit sides = RandomSplit(2000);
  const BatchRule rule = {
      .batch_size = 40, .pool_batches = 1000, .growth_epochs = 1, .initial_fraction = 0.2};
  const auto batches = EpochBatches(sides.split(), rule, 1, 0);
  const auto [shortest, longest] = std::minmax_element(
      batches.begin(), batches.begin() + 20,
      [](const Batch& a, const Batch& b) { return a.source_length < b.source_length; });
  EXPECT_LT(shortest->source_length, 12);
  EXPECT_GT(longest->source_length, 22);
}

TEST(EpochBatchesTest, ASentenceAboveALimitThatStillGrowsStandsAlone) {
  TestSplit sides;
  for (int i = 0; i < 50; ++i) {
    sides.source.Append(30);
    sides.target.Append(30);
  }
  const BatchRule rule = {.max_tokens = 64, .growth_epochs = 1, .initial_fraction = 0.1};
  const auto batches = EpochBatches(sides.split(), rule, 1, 0);
  ExpectEachOnce(batches, 50);
  EXPECT_EQ(batches[0].sentences.size(), 1u);
  EXPECT_EQ(EpochBatches(sides.split(), rule, 1, 1)[0].sentences.size(), 2u);
}

TEST(EpochBatchesTest, OfAnEmptySplitAreNone) {
  const TestSplit sides;
  EXPECT_TRUE(EpochBatches(sides.split(), {}, 1, 0).empty());
  EXPECT_TRUE(EpochBatches(sides.split(), {.max_tokens = 9, .pool_batches = 2}, 1, 0).empty());
  EXPECT_TRUE(EvaluationBatches(sides.split(), 8).empty());
}

TEST(EvaluationBatchesTest, AreSortedByLength) {
  const TestSplit sides = RandomSplit(500);
  const auto batches = EvaluationBatches(sides.split(), 64);
  ExpectEachOnce(batches, 500);
  EXPECT_TRUE(std::ranges::is_sorted(batches, {}, [](const Batch& batch) {
    return std::max(batch.source_length, batch.target_length);
  }));
  EXPECT_GT(PaddingEfficiency(sides.split(), batches), 0.85);
}

// Of sentences whose longer side has 10 tokens, then 11: first the target's excess falls or rises,
// then the other way, so that those in the middle are alike.
TEST(EvaluationBatchesTest, NeighboursAreAlikeAlsoWhereTheLongerSideGrows) {
  TestSplit sides;
  const auto append = [&](int64_t source, int64_t target) {  // specials included
    sides.source.Append(source - 2);
    sides.target.Append(target - 1);
  };
  append(10, 6);
  append(6, 10);
  append(11, 7);
  append(7, 11);
  EXPECT_THAT(Sentences(EvaluationBatches(sides.split(), 4)), ElementsAre(0, 1, 3, 2));
}

TEST(LongestBatchTest, HasMostPaddedTokens) {
  const std::vector<Batch> batches = {
      {.sentences = {0, 1}, .source_tokens = 10, .target_tokens = 10},
      {.sentences = {2, 3, 4}, .source_tokens = 6, .target_tokens = 27},
      {.sentences = {5}, .source_tokens = 20, .target_tokens = 12},
      {.sentences = {6, 7, 8}, .source_tokens = 27, .target_tokens = 6}};
  EXPECT_EQ(LongestBatch(batches), 1);
}

TEST(LongestBatchTest, PackedIsTheOneOfMostTokensNotOfTheLongestSentence) {
  TestSplit sides;
  for (const int64_t length : {20, 1, 9, 9, 9}) {
    sides.source.Append(length);
    sides.target.Append(length);
  }
  const std::vector<int64_t> ragged = {0, 1, 1};
  const std::vector<int64_t> even = {2, 3, 4};
  const auto longest = [&](const BatchRule& rule) {
    return LongestBatch(
        {MakeBatch(sides.split(), rule, ragged), MakeBatch(sides.split(), rule, even)});
  };
  EXPECT_EQ(longest({}), 0);
  EXPECT_EQ(longest({.packed = true}), 1);
}

// Of sentences, their tokens in source and in target, specials included.
int64_t RealSource(const EncodedSplit& split, const std::vector<int64_t>& sentences) {
  int64_t tokens = 0;
  for (const int64_t i : sentences) tokens += split.source.length(i) + 2;
  return tokens;
}
int64_t RealTarget(const EncodedSplit& split, const std::vector<int64_t>& sentences) {
  int64_t tokens = 0;
  for (const int64_t i : sentences) tokens += split.target.length(i) + 1;
  return tokens;
}

TEST(PackedBatchesTest, AreThoseOfPaddingWhereCutBySentences) {
  const TestSplit sides = RandomSplit(300);
  const auto split = sides.split();
  for (const int64_t pool : {0, 4}) {
    const auto padded = EpochBatches(split, {.batch_size = 16, .pool_batches = pool}, 5, 3);
    const auto packed =
        EpochBatches(split, {.batch_size = 16, .pool_batches = pool, .packed = true}, 5, 3);
    ASSERT_EQ(padded.size(), packed.size());
    for (size_t i = 0; i < padded.size(); ++i) {
      EXPECT_EQ(packed[i].sentences, padded[i].sentences);
      EXPECT_TRUE(packed[i].packed);
      EXPECT_FALSE(padded[i].packed);
      EXPECT_EQ(packed[i].source_length, padded[i].source_length);
      EXPECT_EQ(packed[i].target_length, padded[i].target_length);
      EXPECT_EQ(packed[i].source_tokens, RealSource(split, packed[i].sentences));
      EXPECT_EQ(packed[i].target_tokens, RealTarget(split, packed[i].sentences));
      EXPECT_EQ(padded[i].source_tokens, std::ssize(padded[i].sentences) * padded[i].source_length);
      EXPECT_EQ(padded[i].target_tokens, std::ssize(padded[i].sentences) * padded[i].target_length);
    }
  }
}

int64_t PackedBudget(const EncodedSplit& split, const std::vector<int64_t>& sentences) {
  int64_t tokens = 0;
  for (const int64_t i : sentences) {
    tokens += std::max(split.source.length(i) + 2, split.target.length(i) + 1);
  }
  return tokens;
}

TEST(PackedBatchesTest, CutByTokensHoldEverySentenceOnceWithinTheBudget) {
  const TestSplit sides = RandomSplit(1001);
  const auto split = sides.split();
  for (const int64_t max_tokens : {45, 200, 1000, 100'000}) {
    for (BatchRule rule : TokenRules(max_tokens)) {
      rule.packed = true;
      rule.source_length = rule.target_length = 0;
      for (const int64_t epoch : {0, 1, 2}) {
        const auto batches = EpochBatches(split, rule, 1, epoch);
        ExpectEachOnce(batches, 1001);
        for (const Batch& batch : batches) {
          EXPECT_LE(PackedBudget(split, batch.sentences), max_tokens);
        }
      }
    }
  }
}

TEST(PackedBatchesTest, CutByTokensAreFilledAsFarAsTheNextSentenceLets) {
  const TestSplit sides = RandomSplit(1001);
  const auto split = sides.split();
  const auto batches = EpochBatches(split, {.max_tokens = 300, .packed = true}, 1, 0);
  for (size_t i = 0; i + 1 < batches.size(); ++i) {
    std::vector<int64_t> one_more = batches[i].sentences;
    one_more.push_back(batches[i + 1].sentences[0]);
    EXPECT_GT(PackedBudget(split, one_more), 300);
  }
  EXPECT_LT(batches.size(), EpochBatches(split, {.max_tokens = 300}, 1, 0).size());
}

TEST(PackedBatchesTest, HoldNoMoreSentencesThanTheRuleAllows) {
  const TestSplit sides = RandomSplit(1001);
  const auto split = sides.split();
  const BatchRule rule{.max_tokens = 1000, .packed = true, .max_sentences = 20};
  const auto batches = EpochBatches(split, rule, 1, 0);
  ExpectEachOnce(batches, 1001);
  for (size_t i = 0; i + 1 < batches.size(); ++i) {
    EXPECT_LE(batches[i].sentences.size(), 20u);
  }
  EXPECT_EQ(batches[0].sentences.size(), 20u);
}

TEST(PackedBatchesTest, ASentenceAboveALimitThatStillGrowsStandsAlone) {
  TestSplit sides;
  for (int i = 0; i < 50; ++i) {
    sides.source.Append(30);
    sides.target.Append(30);
  }
  const BatchRule rule = {
      .max_tokens = 64, .packed = true, .growth_epochs = 1, .initial_fraction = 0.1};
  const auto batches = EpochBatches(sides.split(), rule, 1, 0);
  ExpectEachOnce(batches, 50);
  EXPECT_EQ(batches[0].sentences.size(), 1u);
  EXPECT_EQ(EpochBatches(sides.split(), rule, 1, 1)[0].sentences.size(), 2u);
}

TEST(PackedBatchesTest, EvaluationPads) {
  const TestSplit sides = RandomSplit(50);
  for (const Batch& batch : EvaluationBatches(sides.split(), 8)) EXPECT_FALSE(batch.packed);
}

}  // namespace
}  // namespace ablate

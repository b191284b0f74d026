#include "harness/train/division.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "harness/train/batch_stream.h"
#include "tests/train/toy_corpus.h"

namespace ablate {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using ::testing::UnorderedElementsAreArray;

const EncodedSplit& Split() {
  static const EncodedCorpus corpus = EncodedCorpus::Map(testing::WriteToyCorpus(100));
  return corpus.train();
}

Batch UpdateOf(std::vector<int64_t> sentences, const BatchRule& rule = {}) {
  return MakeBatch(Split(), rule, sentences);
}

std::vector<std::vector<int64_t>> Sentences(const UpdateShare& share) {
  std::vector<std::vector<int64_t>> sentences;
  for (const Batch& batch : share.micro_batches) sentences.push_back(batch.sentences);
  return sentences;
}

// What Collate counts.
UpdateShare Collated(const std::vector<Batch>& batches) {
  UpdateShare counts;
  CollatedBatch collated;
  for (const Batch& batch : batches) {
    Collate(Split(), batch, collated);
    counts.examples += collated.rows;
    counts.source_tokens += collated.source_tokens;
    counts.target_tokens += collated.target_tokens;
    counts.padded_source_tokens += std::ssize(collated.source);
    counts.padded_target_tokens += std::ssize(collated.target_in);
  }
  return counts;
}

void ExpectCounts(const UpdateShare& share, const UpdateShare& expected) {
  EXPECT_EQ(share.examples, expected.examples);
  EXPECT_EQ(share.source_tokens, expected.source_tokens);
  EXPECT_EQ(share.target_tokens, expected.target_tokens);
  EXPECT_EQ(share.padded_source_tokens, expected.padded_source_tokens);
  EXPECT_EQ(share.padded_target_tokens, expected.padded_target_tokens);
}

TEST(DivisionTest, OneProcessAndOneMicroBatchHaveTheWholeUpdateAsItIs) {
  for (const BatchRule& rule : {BatchRule{}, BatchRule{.source_length = 12, .target_length = 20}}) {
    const Batch update = UpdateOf({5, 17, 3, 99, 41}, rule);
    const UpdateShare share = Divide(update, Split(), rule, {});
    ASSERT_THAT(share.micro_batches, SizeIs(1));
    EXPECT_EQ(share.micro_batches[0].sentences, update.sentences);
    EXPECT_EQ(share.micro_batches[0].source_length, update.source_length);
    EXPECT_EQ(share.micro_batches[0].target_length, update.target_length);
    EXPECT_TRUE(share.counts);
    ExpectCounts(share, Collated({update}));
  }
}

TEST(DivisionTest, RanksTakeSentencesInTurn) {
  const Batch update = UpdateOf({10, 11, 12, 13, 14});
  EXPECT_THAT(Sentences(Divide(update, Split(), {}, {.rank = 0, .ranks = 2})),
              ElementsAre(ElementsAre(10, 12, 14)));
  EXPECT_THAT(Sentences(Divide(update, Split(), {}, {.rank = 1, .ranks = 2})),
              ElementsAre(ElementsAre(11, 13)));
}

TEST(DivisionTest, MicroBatchesAreConsecutiveAndOfLikeSize) {
  const Batch update = UpdateOf({0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  EXPECT_THAT(Sentences(Divide(update, Split(), {}, {.micro_batches = 2})),
              ElementsAre(ElementsAre(0, 1, 2, 3, 4), ElementsAre(5, 6, 7, 8, 9)));
  EXPECT_THAT(Sentences(Divide(update, Split(), {}, {.micro_batches = 4})),
              ElementsAre(SizeIs(2), SizeIs(3), SizeIs(2), SizeIs(3)));
}

TEST(DivisionTest, NoMicroBatchIsEmpty) {
  const UpdateShare share = Divide(UpdateOf({7, 8, 9}), Split(), {}, {.micro_batches = 8});
  EXPECT_THAT(Sentences(share), ElementsAre(ElementsAre(7), ElementsAre(8), ElementsAre(9)));
}

TEST(DivisionTest, EachMicroBatchIsPaddedAsTheRuleSays) {
  const Batch update = UpdateOf({0, 1, 2, 3, 4, 5, 6, 7});
  for (const Batch& batch : Divide(update, Split(), {}, {.micro_batches = 8}).micro_batches) {
    EXPECT_EQ(batch.source_length, Split().source.length(batch.sentences[0]) + 2);
    EXPECT_EQ(batch.target_length, Split().target.length(batch.sentences[0]) + 1);
  }
  const BatchRule fixed = {.source_length = 15, .target_length = 16};
  for (const Batch& batch : Divide(update, Split(), fixed, {.micro_batches = 3}).micro_batches) {
    EXPECT_EQ(batch.source_length, 15);
    EXPECT_EQ(batch.target_length, 16);
  }
}

// A rank without a sentence is given one that counts nothing.
std::vector<Batch> OfAllRanks(const Batch& update, Division division) {
  std::vector<Batch> all;
  for (division.rank = 0; division.rank < division.ranks; ++division.rank) {
    const UpdateShare share = Divide(update, Split(), {}, division);
    EXPECT_FALSE(share.micro_batches.empty());
    if (!share.counts) continue;
    all.insert(all.end(), share.micro_batches.begin(), share.micro_batches.end());
  }
  return all;
}

TEST(DivisionTest, EveryRankCountsTheWholeUpdate) {
  const Batch update = UpdateOf({4, 8, 15, 16, 23, 42, 77});
  for (int64_t ranks : {1, 2, 3, 7, 9}) {
    for (int64_t micro_batches : {1, 2, 5}) {
      const Division division = {.ranks = ranks, .micro_batches = micro_batches};
      const std::vector<Batch> all = OfAllRanks(update, division);
      std::multiset<int64_t> sentences;
      for (const Batch& batch : all) {
        sentences.insert(batch.sentences.begin(), batch.sentences.end());
      }
      EXPECT_THAT(sentences, ElementsAre(4, 8, 15, 16, 23, 42, 77));
      for (int64_t rank : {int64_t{0}, ranks - 1}) {
        ExpectCounts(Divide(update, Split(), {},
                            {.rank = rank, .ranks = ranks, .micro_batches = micro_batches}),
                     Collated(all));
      }
    }
  }
}

TEST(DivisionTest, ARankWithoutSentencesHasAStandInThatCountsNothing) {
  const Batch update = UpdateOf({4, 8});
  const UpdateShare share =
      Divide(update, Split(), {}, {.rank = 2, .ranks = 3, .micro_batches = 2});
  EXPECT_FALSE(share.counts);
  EXPECT_THAT(Sentences(share), ElementsAre(ElementsAre(4)));
  EXPECT_EQ(share.examples, 2);
  EXPECT_TRUE(Divide(update, Split(), {}, {.rank = 1, .ranks = 3, .micro_batches = 2}).counts);
}

int64_t Tokens(const Batch& batch) {
  int64_t tokens = 0;
  for (const int64_t i : batch.sentences) {
    tokens += Split().source.length(i) + Split().target.length(i) + 3;
  }
  return tokens;
}

std::vector<int64_t> FirstSentences(int64_t count) {
  std::vector<int64_t> sentences(count);
  std::iota(sentences.begin(), sentences.end(), 0);
  return sentences;
}

const BatchRule kPacked = {.packed = true};

TEST(DivisionTest, ReplicasShareEachSentenceOnce) {
  const Batch update = UpdateOf(FirstSentences(61), kPacked);
  for (const int64_t replicas : {1, 2, 3, 8}) {
    for (const int64_t micro_batches : {1, 3}) {
      const UpdateShare share =
          Divide(update, Split(), kPacked, {.micro_batches = micro_batches, .replicas = replicas});
      EXPECT_THAT(share.micro_batches, SizeIs(replicas * micro_batches));
      std::multiset<int64_t> sentences;
      for (const Batch& batch : share.micro_batches) {
        EXPECT_TRUE(batch.packed);
        sentences.insert(batch.sentences.begin(), batch.sentences.end());
      }
      EXPECT_THAT(sentences, ElementsAreArray(FirstSentences(61)));
      ExpectCounts(share, Collated(share.micro_batches));
      EXPECT_EQ(share.padded_source_tokens, share.source_tokens);
      EXPECT_EQ(share.padded_target_tokens, share.target_tokens);
    }
  }
}

// The longest sentence to who has least leaves the shares no further apart than one sentence.
TEST(DivisionTest, SharesOfReplicasAreBalancedByTokens) {
  const Batch update = UpdateOf(FirstSentences(64), kPacked);
  int64_t longest = 0;
  for (const int64_t i : update.sentences) {
    longest = std::max(longest, Tokens(UpdateOf({i})));
  }
  for (const int64_t replicas : {2, 3, 5}) {
    const auto shares = Divide(update, Split(), kPacked, {.replicas = replicas}).micro_batches;
    const auto [least, most] = std::ranges::minmax(shares, {}, Tokens);
    EXPECT_LE(Tokens(most) - Tokens(least), longest) << replicas;
    EXPECT_LE(static_cast<double>(Tokens(most)), 1.05 * static_cast<double>(Tokens(least)))
        << replicas;
  }
}

TEST(DivisionTest, SharesOfReplicasAreThoseOfTheirMicroBatch) {
  const Batch update = UpdateOf(FirstSentences(24), kPacked);
  const auto whole = Divide(update, Split(), kPacked, {.micro_batches = 3}).micro_batches;
  const auto shares =
      Divide(update, Split(), kPacked, {.micro_batches = 3, .replicas = 2}).micro_batches;
  ASSERT_THAT(shares, SizeIs(6));
  for (size_t i = 0; i < whole.size(); ++i) {
    std::vector<int64_t> both = shares[2 * i].sentences;
    both.insert(both.end(), shares[2 * i + 1].sentences.begin(), shares[2 * i + 1].sentences.end());
    EXPECT_THAT(both, UnorderedElementsAreArray(whole[i].sentences));
  }
}

TEST(DivisionTest, SharesOfReplicasAreTheSameEachTime) {
  const Batch update = UpdateOf(FirstSentences(40));
  const Division division = {.rank = 1, .ranks = 2, .micro_batches = 2, .replicas = 3};
  EXPECT_EQ(Sentences(Divide(update, Split(), {}, division)),
            Sentences(Divide(update, Split(), {}, division)));
}

TEST(DivisionTest, NoReplicaHasAnEmptyShare) {
  const UpdateShare share = Divide(UpdateOf({7, 8, 9}), Split(), {}, {.replicas = 8});
  EXPECT_THAT(Sentences(share),
              UnorderedElementsAre(ElementsAre(7), ElementsAre(8), ElementsAre(9)));
}

// A text may have no token: one that is all control characters.
TEST(DivisionTest, NoReplicaHasAnEmptyShareWhereSentencesAreEmpty) {
  const std::vector<uint64_t> offsets(5, 0);
  const EncodedSplit empty = {{offsets, {}}, {offsets, {}}};
  const Batch update = MakeBatch(empty, {}, FirstSentences(4));
  EXPECT_THAT(Sentences(Divide(update, empty, {}, {.replicas = 2})),
              ElementsAre(SizeIs(2), SizeIs(2)));
}

TEST(DivisionTest, RanksAndReplicasTogetherCountTheWholeUpdate) {
  const Batch update = UpdateOf({4, 8, 15, 16, 23, 42, 77});
  for (const int64_t ranks : {1, 2, 3}) {
    const Division division = {.ranks = ranks, .micro_batches = 2, .replicas = 2};
    const std::vector<Batch> all = OfAllRanks(update, division);
    std::multiset<int64_t> sentences;
    for (const Batch& batch : all) {
      sentences.insert(batch.sentences.begin(), batch.sentences.end());
    }
    EXPECT_THAT(sentences, ElementsAre(4, 8, 15, 16, 23, 42, 77));
    ExpectCounts(Divide(update, Split(), {}, division), Collated(all));
  }
}

}  // namespace
}  // namespace ablate

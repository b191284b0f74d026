#include "model/data/filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ablate {
namespace {

using ::testing::ElementsAre;

std::vector<SentencePair> Filtered(const CorpusSpec& spec, std::vector<SentencePair> pairs,
                                   CorpusCounts& counts) {
  Filter(spec, pairs, counts);
  return pairs;
}

const SentencePair kShort = {"Good day", "Bonjour"};
const SentencePair kAccents = {"été", "éééééé"};

TEST(FilterTest, KeepsAllWithoutLimits) {
  CorpusCounts counts;
  EXPECT_THAT(Filtered({}, {kShort, kAccents}, counts), ElementsAre(kShort, kAccents));
}

TEST(FilterTest, CountsAPairAgainAsDuplicateAndKeepsTheFirst) {
  CorpusCounts counts;
  const SentencePair other = {"Good day", "Bonne journée"};
  EXPECT_THAT(Filtered({}, {kShort, other, kShort, kShort}, counts), ElementsAre(kShort, other));
  EXPECT_EQ(counts.duplicate, 2);
}

TEST(FilterTest, CountsWordsOfTheSource) {
  CorpusSpec spec;
  spec.min_source_words = 2;
  CorpusCounts counts;
  EXPECT_THAT(Filtered(spec, {kShort, kAccents}, counts), ElementsAre(kShort));
  EXPECT_EQ(counts.too_few_words, 1);
}

TEST(FilterTest, CountsCodePointsNotBytesAndIncludesTheLimit) {
  CorpusSpec spec;
  spec.max_source_chars = 3;
  CorpusCounts counts;
  EXPECT_THAT(Filtered(spec, {kShort, kAccents}, counts), ElementsAre(kAccents));
  EXPECT_EQ(counts.too_many_chars, 1);
}

TEST(FilterTest, LimitsByHowMuchTheTargetIsLonger) {
  CorpusSpec spec;
  CorpusCounts counts;
  spec.max_target_excess_chars = 3;
  EXPECT_THAT(Filtered(spec, {kShort, kAccents}, counts), ElementsAre(kShort, kAccents));
  spec.max_target_excess_chars = 2;
  EXPECT_THAT(Filtered(spec, {kShort, kAccents}, counts), ElementsAre(kShort));
  EXPECT_EQ(counts.too_much_excess, 1);
  spec.max_target_excess_chars = -2;
  EXPECT_THAT(Filtered(spec, {kShort}, counts), ElementsAre());
}

TEST(FilterTest, CountsAPairUnderTheFirstLimitThatExcludesIt) {
  CorpusSpec spec;
  spec.min_source_words = 9;
  spec.max_source_chars = 1;
  CorpusCounts counts;
  Filtered(spec, {kShort, kShort}, counts);
  EXPECT_EQ(counts.too_few_words, 2);
  EXPECT_EQ(counts.too_many_chars, 0);
  EXPECT_EQ(counts.duplicate, 0);
}

}  // namespace
}  // namespace ablate

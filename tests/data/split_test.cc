#include "model/data/split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "model/error.h"
#include "model/random.h"
#include "tests/data/corpus_files.h"

namespace ablate {
namespace {

using ::testing::HasSubstr;

// `sources` distinct sources, of which the i-th stands i % 3 + 1 times.
std::vector<SentencePair> Pairs(int64_t sources) {
  std::vector<SentencePair> pairs;
  for (int64_t i = 0; i < sources; ++i) {
    for (int64_t j = 0; j <= i % 3; ++j) {
      pairs.push_back({"source " + std::to_string(i), "target " + std::to_string(j)});
    }
  }
  return pairs;
}

std::set<std::string> Sources(const std::vector<SentencePair>& pairs) {
  std::set<std::string> sources;
  for (const SentencePair& pair : pairs) sources.insert(pair.source);
  return sources;
}

Corpus SplitOf(const CorpusSpec& spec, const std::vector<SentencePair>& pairs) {
  Corpus corpus;
  Split(spec, pairs, corpus);
  return corpus;
}

std::vector<SentencePair> Sorted(std::vector<SentencePair> pairs) {
  std::sort(pairs.begin(), pairs.end(), [](const SentencePair& a, const SentencePair& b) {
    return std::tie(a.source, a.target) < std::tie(b.source, b.target);
  });
  return pairs;
}

TEST(SplitTest, KeepsEveryPairAndSharesNoSource) {
  Random random(1);
  for (int trial = 0; trial < 200; ++trial) {
    CorpusSpec spec;
    spec.split_seed = random.Next();
    spec.valid_fraction = 0.001 + 0.998 * random.Uniform();
    const auto sources = static_cast<int64_t>(2 + random.Below(60));
    const std::vector<SentencePair> pairs = Pairs(sources);
    const Corpus corpus = SplitOf(spec, pairs);

    std::vector<SentencePair> all = corpus.train;
    all.insert(all.end(), corpus.valid.begin(), corpus.valid.end());
    EXPECT_EQ(Sorted(all), Sorted(pairs));
    std::set<std::string> shared = Sources(corpus.train);
    const std::set<std::string> valid = Sources(corpus.valid);
    EXPECT_EQ(shared.size() + valid.size(), static_cast<size_t>(sources));
    EXPECT_FALSE(shared.empty());
    EXPECT_FALSE(valid.empty());
    EXPECT_LE(std::abs(static_cast<double>(valid.size()) - spec.valid_fraction * sources), 1.0);
    for (const std::string& source : valid) EXPECT_FALSE(shared.contains(source));
  }
}

TEST(SplitTest, IsTheSameForASeedAndDiffersByIt) {
  CorpusSpec spec;
  const Corpus first = SplitOf(spec, Pairs(50));
  const Corpus again = SplitOf(spec, Pairs(50));
  EXPECT_EQ(first.train, again.train);
  EXPECT_EQ(first.valid, again.valid);
  spec.split_seed = 1;
  EXPECT_NE(first.valid, SplitOf(spec, Pairs(50)).valid);
}

// Holds every platform to one order.
TEST(SplitTest, GivesTheRecordedOrder) {
  CorpusSpec spec;
  spec.valid_fraction = 0.3;
  const Corpus corpus = SplitOf(spec, {{"a", "1"}, {"b", "2"}, {"c", "3"}, {"d", "4"}, {"e", "5"}});
  std::string order;
  for (const SentencePair& pair : corpus.valid) order += pair.source;
  order += '|';
  for (const SentencePair& pair : corpus.train) order += pair.source;
  EXPECT_EQ(order, "cd|eba");
}

TEST(SplitTest, MaxPairsTakesFromTheShuffledOrderAndCountsTheRest) {
  CorpusSpec spec;
  const Corpus all = SplitOf(spec, Pairs(60));
  spec.max_pairs = 30;
  const Corpus some = SplitOf(spec, Pairs(60));
  EXPECT_EQ(some.counts.train + some.counts.valid, 30);
  EXPECT_EQ(some.counts.over_max_pairs, static_cast<int64_t>(Pairs(60).size()) - 30);
  // A larger max_pairs extends the validation split.
  const std::set<std::string> valid = Sources(all.valid);
  for (const std::string& source : Sources(some.valid)) EXPECT_TRUE(valid.contains(source));
  spec.max_pairs = 1000;
  EXPECT_EQ(SplitOf(spec, Pairs(60)).train, all.train);
}

TEST(SplitTest, SaysWhatWasDroppedWhereTooLittleIsLeft) {
  CorpusSpec spec;
  spec.name = "lines";
  Corpus corpus;
  corpus.counts = {.read = 7, .too_few_words = 6};
  const std::string message = testing::MessageOf([&] {
    Split(spec, {{"a", "b"}, {"a", "c"}}, corpus);
  });
  EXPECT_THAT(message, HasSubstr("1 distinct source"));
  EXPECT_THAT(message, HasSubstr("6 below min_source_words"));
  EXPECT_THROW(SplitOf(spec, {}), Error);
}

TEST(SplitTest, RefusesAFractionThatLeavesASideEmpty) {
  for (const double fraction : {0.0, 1.0, -0.5, 1.5}) {
    CorpusSpec spec;
    spec.valid_fraction = fraction;
    EXPECT_THROW(SplitOf(spec, Pairs(10)), Error) << fraction;
  }
}

}  // namespace
}  // namespace ablate

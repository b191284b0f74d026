#include "model/data/bleu.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "tests/support/process.h"

namespace ablate {
namespace {

using nlohmann::json;

void ExpectEqual(const BleuScore& score, const json& expected, const std::string& where) {
  EXPECT_NEAR(score.score, expected["score"], 1e-9) << where;
  EXPECT_NEAR(score.brevity_penalty, expected["brevity_penalty"], 1e-12) << where;
  EXPECT_EQ(score.hypothesis_tokens, expected["hypothesis_tokens"]) << where;
  EXPECT_EQ(score.reference_tokens, expected["reference_tokens"]) << where;
  for (size_t i = 0; i < score.precisions.size(); ++i) {
    EXPECT_NEAR(score.precisions[i], expected["precisions"][i], 1e-9) << where;
  }
}

TEST(BleuTest, EqualsSacreBleu) {
  std::istringstream lines(::ablate::testing::RunPython("tests/data/sacrebleu_scores.py"));
  int corpora = 0;
  int scores = 0;
  for (std::string line; std::getline(lines, line); ++corpora) {
    const json expected = json::parse(line);
    const std::vector<std::string> hypotheses = expected["hypotheses"];
    const std::vector<std::string> references = expected["references"];
    for (size_t i = 0; i < references.size(); ++i) {
      EXPECT_EQ(Tokenize13a(references[i]), expected["tokenized"][i]) << references[i];
    }
    for (const auto tokenizer : {BleuTokenizer::k13a, BleuTokenizer::kNone}) {
      const json& theirs = expected[tokenizer == BleuTokenizer::k13a ? "13a" : "none"];
      ExpectEqual(CorpusBleu(hypotheses, references, tokenizer), theirs, line.substr(0, 500));
      EXPECT_EQ(BleuSignature(tokenizer), theirs["signature"]);
      scores += theirs["score"] > 1.0;
    }
    if (HasFailure()) break;  // one corpus is enough to look at
  }
  EXPECT_GT(corpora, 400);
  EXPECT_GT(scores, 400);  // most corpora say something
}

TEST(BleuTest, IsCaseSensitive) {
  const std::vector<std::string> upper = {"The cat sat on the mat ."};
  const std::vector<std::string> lower = {"the cat sat on the mat ."};
  EXPECT_NEAR(CorpusBleu(lower, lower, BleuTokenizer::k13a).score, 100, 1e-9);
  EXPECT_LT(CorpusBleu(upper, lower, BleuTokenizer::k13a).score, 90);
}

TEST(BleuTest, IsZeroForNoSentencesAndForEmptyHypotheses) {
  EXPECT_EQ(CorpusBleu({}, {}, BleuTokenizer::k13a).score, 0);
  EXPECT_EQ(CorpusBleu({"", " "}, {"a b c d", "e"}, BleuTokenizer::kNone).score, 0);
}

TEST(BleuTest, RefusesUnequalCounts) {
  EXPECT_THROW(CorpusBleu({"a"}, {}, BleuTokenizer::kNone), std::logic_error);
}

}  // namespace
}  // namespace ablate

#include "model/data/sentence_text.h"

#include <gtest/gtest.h>

namespace ablate {
namespace {

TEST(SentenceTextTest, TellsTextFromOtherBytes) {
  EXPECT_TRUE(IsText(""));
  EXPECT_TRUE(IsText("un œuf, 𝄞"));
  EXPECT_FALSE(IsText("caf\xe9"));           // Latin-1
  EXPECT_FALSE(IsText("\xc3"));              // torn
  EXPECT_FALSE(IsText("\xc0\xaf"));          // overlong
  EXPECT_FALSE(IsText("\xed\xa0\x80"));      // a surrogate
  EXPECT_FALSE(IsText("\xf4\x90\x80\x80"));  // beyond Unicode
  EXPECT_FALSE(IsText(std::string(1, '\0')));
}

TEST(SentenceTextTest, TrimsWhatUnicodeCallsWhiteSpace) {
  EXPECT_EQ(Trimmed("\t \u00A0où \u3000"), "où");
  EXPECT_EQ(Trimmed(" \u2003 "), "");
  EXPECT_EQ(Trimmed("a  b\u00A0!"), "a  b\u00A0!");
}

TEST(SentenceTextTest, LeavesNoLineBreakWithin) {
  EXPECT_EQ(Trimmed("a\rb\u2028c\u0085d\v"), "a b c d");
}

TEST(SentenceTextTest, JoinsRunsOfWhiteSpace) {
  EXPECT_EQ(WithSingleBlanks(" a\n \u00A0 b\tc\n"), "a b c");
}

TEST(SentenceTextTest, CountsCodePointsAndWords) {
  EXPECT_EQ(CountCodePoints("été 𝄞"), 5);
  EXPECT_EQ(CountCodePoints(""), 0);
  EXPECT_EQ(CountWords("l'été\u00A0est  là !"), 4);
  EXPECT_EQ(CountWords(" "), 0);
}

}  // namespace
}  // namespace ablate

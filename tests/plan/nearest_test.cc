#include "harness/plan/nearest.h"

#include <gtest/gtest.h>

namespace ablate {
namespace {

TEST(NearestTest, CountsEdits) {
  EXPECT_EQ(EditDistance("", ""), 0u);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3u);
  EXPECT_EQ(EditDistance("dinamic", "dynamic"), 1u);
  EXPECT_EQ(EditDistance("", "abc"), 3u);
  EXPECT_EQ(EditDistance("flaw", "lawn"), 2u);
}

TEST(NearestTest, FindsTheMisspelledName) {
  const std::vector<std::string> known = {"static", "dynamic", "bucketed"};
  EXPECT_EQ(Nearest("dinamic", known), "dynamic");
  EXPECT_EQ(Nearest("Static", known), "static");
  EXPECT_EQ(Nearest("amp", known), "");
  EXPECT_EQ(Nearest("", known), "");
  EXPECT_EQ(Nearest(std::string(1'000'000, 'x'), known), "");
}

TEST(NearestTest, FindsThePathOfASetting) {
  EXPECT_EQ(Nearest("d_ff", {"model.dropout", "model.d_ff"}), "model.d_ff");
}

TEST(NearestTest, SaysWhatIsAllowed) {
  EXPECT_EQ(Instead("dinamic", {"static", "dynamic"}),
            "'dinamic'; allowed: static, dynamic; did you mean 'dynamic'?");
  EXPECT_EQ(Instead("x", {"static"}), "'x'; allowed: static");
}

TEST(NearestTest, QuotesOnOneLineAndCutsBetweenCharacters) {
  EXPECT_EQ(Quoted("a\nb\x01"), "'a\\nb\\u0001'");
  std::string text = "x";
  for (int i = 0; i < 100; ++i) text += "é";
  const std::string quoted = Quoted(text);
  EXPECT_LT(quoted.size(), 100u);
  EXPECT_EQ(quoted.find("\xEF\xBF\xBD"), std::string::npos);  // no replacement character
}

}  // namespace
}  // namespace ablate

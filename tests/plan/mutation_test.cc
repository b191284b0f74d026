// No change to a suite crashes the parser or the planner: each is read or refused by Error.
#include "tests/plan/mutation.h"

#include <gtest/gtest.h>

#include "harness/plan/plan.h"
#include "model/error.h"
#include "tests/plan/suite_text.h"

namespace ablate {
namespace {

struct Verdicts {
  int good = 0;
  int bad = 0;
};

void Try(const std::string& text, Verdicts& verdicts) {
  try {
    const Suite suite = testing::Parse(text);
    MakePlan(suite);
    testing::Parse(ToJson(suite));
    ++verdicts.good;
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).rfind("suites/test.json:", 0), 0u) << error.what();
    ++verdicts.bad;
  }
}

TEST(MutationTest, ChangedTextIsReadOrRefused) {
  Random random(1);
  Verdicts verdicts;
  for (int i = 0; i < 20'000; ++i)
    Try(testing::MutatedText(testing::SuiteText(), random), verdicts);
  EXPECT_GT(verdicts.good, 100);
  EXPECT_GT(verdicts.bad, 10'000);
}

TEST(MutationTest, ChangedTreesAreReadOrRefused) {
  Random random(2);
  Verdicts verdicts;
  for (int i = 0; i < 20'000; ++i)
    Try(testing::Mutated(testing::SuiteJson(), random).dump(1), verdicts);
  EXPECT_GT(verdicts.good, 300);
  EXPECT_GT(verdicts.bad, 10'000);
}

TEST(MutationTest, AnyBeginningOfASuiteIsRefused) {
  const std::string text = testing::SuiteText();
  Verdicts verdicts;
  for (size_t length = 0; length < text.size(); ++length) Try(text.substr(0, length), verdicts);
  EXPECT_EQ(verdicts.good, 0);
}

}  // namespace
}  // namespace ablate

#include "harness/run/selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/error.h"
#include "tests/runner/small_suite.h"

namespace ablate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Message(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

class SelectionTest : public ::testing::Test {
 protected:
  size_t Count(const std::string& filter) const {
    return Select(suite_, plan_, {.filter = filter}).runs.size();
  }

  const Suite suite_ = testing::SmallSuite(R"("seeds": [1, 2, 3])");
  const Plan plan_ = MakePlan(suite_);
};

TEST_F(SelectionTest, FiltersByLevels) {
  EXPECT_EQ(Count(""), 12u);
  EXPECT_EQ(Count("padding=dynamic"), 6u);
  EXPECT_EQ(Count("padding=static|dynamic"), 12u);
  EXPECT_EQ(Count("padding=dynamic,schedule=onecycle"), 3u);
}

TEST_F(SelectionTest, NamesTheNearestFactorAndLevel) {
  EXPECT_THAT(Message([&] { Count("pading=static"); }), HasSubstr("'padding'"));
  EXPECT_THAT(Message([&] { Count("padding=dinamic"); }), HasSubstr("'dynamic'"));
  EXPECT_THAT(Message([&] { Count("padding"); }), HasSubstr("factor=level"));
  EXPECT_THAT(Message([&] { Count("padding=static,padding=dynamic"); }),
              HasSubstr("nothing is selected"));
}

TEST_F(SelectionTest, CutsWholeBlocksIntoShards) {
  size_t total = 0;
  for (const char* text : {"1/2", "2/2"}) {
    Selection selection;
    ParseShard(text, selection);
    const SelectedRuns selected = Select(suite_, plan_, selection);
    for (const PlannedRun& run : selected.runs) EXPECT_EQ(run.block % 2, selection.shard - 1);
    total += selected.runs.size();
  }
  EXPECT_EQ(total, 12u);
  Selection fourth;
  ParseShard("4/4", fourth);
  EXPECT_THAT(Message([&] { Select(suite_, plan_, fourth); }), HasSubstr("3 seed blocks"));
}

TEST_F(SelectionTest, RefusesBadShardsAndSeeds) {
  Selection selection;
  for (const char* text : {"0/2", "3/2", "1", "a/b", "1/", "/2", "-1/2", "1/2/3"}) {
    EXPECT_THROW(ParseShard(text, selection), Error) << text;
  }
  for (const char* text : {"", "a", "1,,2", "5-3", "1-", "-", "1.5", "99999999999999999999",
                           "0-18446744073709551615"}) {
    EXPECT_THROW(ParseSeeds(text), Error) << text;
  }
  EXPECT_THAT(ParseSeeds("3,1-4,18446744073709551615"),
              ElementsAre(3, 1, 2, 4, 18446744073709551615u));
}

TEST_F(SelectionTest, AddedSeedsLeaveBlocksWhereTheyAre) {
  Suite suite = suite_;
  AddSeeds({7, 2}, suite);
  EXPECT_THAT(suite.seeds, ElementsAre(1, 2, 3, 7));
  const SelectedRuns selected = Select(suite, MakePlan(suite), {.filter = "", .seeds = {7}});
  EXPECT_EQ(selected.runs.size(), 4u);
  EXPECT_EQ(selected.runs[0].block, 3);
}

TEST(SkippedSelectionTest, ListsSkippedCellsApart) {
  const Suite suite = testing::SmallSuite(
      R"("seeds": [1, 2], "exclude": [{"when": {"padding": "dynamic", "schedule": "onecycle"}, "reason": "known"}])");
  const SelectedRuns selected = Select(suite, MakePlan(suite), {});
  EXPECT_EQ(selected.runs.size(), 6u);
  ASSERT_EQ(selected.skipped.size(), 2u);
  EXPECT_EQ(selected.skipped[1].seed, 2u);
}

}  // namespace
}  // namespace ablate

#include "harness/plan/plan_text.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "tests/plan/suite_text.h"

namespace ablate {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Ids change with every setting that is added; the plan's text else does not.
std::string WithoutIds(std::string text, const Plan& plan) {
  for (const Cell& cell : plan.cells)
    text.replace(text.find(cell.cell_id), cell.cell_id.size(), "%cell_id");
  return text;
}

TEST(PlanTextTest, ExpandsAMatrixAsTheGoldenFileShows) {
  const Suite suite = testing::Parse(testing::FileText("tests/plan/golden/full.json"));
  const Plan plan = MakePlan(suite);
  EXPECT_EQ(plan.cells.size(), 24u);
  EXPECT_EQ(plan.runs.size(), 144u);
  testing::ExpectFile("tests/plan/golden/full.txt", WithoutIds(DescribePlan(suite, plan), plan));
}

TEST(PlanTextTest, ShowsExcludedCellsWithTheirReasons) {
  auto json = testing::SuiteJson();
  json["exclude"] = nlohmann::ordered_json::parse(
      R"([{"when": {"padding": "dynamic", "schedule": "onecycle"}, "reason": "known"}])");
  const Suite suite = testing::Parse(json);
  const std::string text = DescribePlan(suite, MakePlan(suite));
  EXPECT_THAT(text, HasSubstr("small: 3 cells x 2 seeds = 6 runs"));
  EXPECT_THAT(text, HasSubstr("excluded (1 cell)\n  padding=dynamic,schedule=onecycle: known\n"));
}

TEST(PlanTextTest, ShowsTheFirstOfALargePlan) {
  auto json = testing::SuiteJson();
  json["matrix"]["model.d_ff"] = nlohmann::ordered_json::array();
  for (int i = 1; i <= 500; ++i) json["matrix"]["model.d_ff"].push_back(i);
  json["seeds"].clear();
  for (int i = 1; i <= 50; ++i) json["seeds"].push_back(i);
  const Suite suite = testing::Parse(json);
  const std::string text = DescribePlan(suite, MakePlan(suite));
  EXPECT_THAT(text, HasSubstr("2000 cells x 50 seeds = 100000 runs"));
  EXPECT_THAT(text, HasSubstr("  and 1952 more\n"));
  EXPECT_THAT(text, HasSubstr("  and 99988 more\n"));
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 100);
}

}  // namespace
}  // namespace ablate

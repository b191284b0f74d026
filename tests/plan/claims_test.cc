#include "harness/plan/claims.h"

#include <gmock/gmock.h>

#include "tests/plan/suite_text.h"

namespace ablate {
namespace {

using nlohmann::ordered_json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Patched;

std::vector<std::string> ClaimsOf(const ordered_json& json) {
  const Suite suite = testing::Parse(json);
  return UnsupportedClaims(suite, MakePlan(suite));
}

ordered_json Excluding(const char* when) {
  ordered_json json = testing::SuiteJson();
  json["exclude"] = {{{"when", ordered_json::parse(when)}, {"reason", "known"}}};
  return json;
}

TEST(ClaimsTest, FindsNothingAgainstAFullDesign) {
  EXPECT_THAT(ClaimsOf(testing::SuiteJson()), IsEmpty());
}

TEST(ClaimsTest, SaysThatOneSeedGivesNoIntervals) {
  EXPECT_THAT(ClaimsOf(Patched({{"seeds", {1}}})), ElementsAre(HasSubstr("without intervals")));
}

TEST(ClaimsTest, SaysWhatADesignLeavesOut) {
  for (const char* design : {"one_factor", "leave_one_out"}) {
    EXPECT_THAT(ClaimsOf(Patched({{"design", design}})),
                ElementsAre(HasSubstr(std::string("design ") + design)));
  }
}

TEST(ClaimsTest, NamesFactorsOfOneLevel) {
  ordered_json json = testing::SuiteJson();
  json["matrix"]["sharing"] = {"none"};
  EXPECT_THAT(ClaimsOf(json), ElementsAre("sharing has one level: nothing can be said about it."));
}

TEST(ClaimsTest, NamesTheAveragesThatAnEmptyCellSpoils) {
  EXPECT_THAT(
      ClaimsOf(Excluding(R"({"padding": "dynamic", "schedule": "onecycle"})")),
      ElementsAre("No average over the other factors of padding=dynamic, schedule=onecycle, and no "
                  "interaction of two of these: they need padding=dynamic,schedule=onecycle, which "
                  "is excluded."));
  ordered_json json = Excluding(R"({"padding": "dynamic", "schedule": "onecycle"})");
  json["matrix"]["sharing"] = {"none", "cycle"};
  EXPECT_THAT(ClaimsOf(json), ElementsAre(HasSubstr("schedule=onecycle, sharing=cycle")))
      << "none of the other levels' averages is whole";
}

TEST(ClaimsTest, NamesSimpleEffectsWhoseCellIsExcluded) {
  EXPECT_THAT(ClaimsOf(Excluding(R"({"padding": "dynamic", "schedule": "constant"})")),
              ElementsAre(HasSubstr("No average"),
                          HasSubstr("No effect beside the baseline's levels of padding=dynamic:")));
  ordered_json json = Excluding(R"({"padding": "dynamic"})");
  json["design"] = "one_factor";
  EXPECT_THAT(ClaimsOf(json),
              ElementsAre(HasSubstr("design one_factor"), HasSubstr("of padding=dynamic:")));
}

TEST(ClaimsTest, NamesOnlyTheFirstOfManyCellsOfOneRecipe) {
  ordered_json json = testing::SuiteJson();
  for (int i = 1; i <= 2; ++i) json["matrix"]["model.d_ff"].push_back(64 * i);
  const Suite suite = testing::Parse(json);
  Plan plan = MakePlan(suite);
  ASSERT_EQ(plan.cells.size(), 8u);
  for (Cell& cell : plan.cells) cell.recipe_key = plan.cells[0].recipe_key;
  EXPECT_THAT(CellsOfOneRecipe(suite, plan), ::testing::EndsWith(" and 2 more"));
  plan.cells.resize(6);
  EXPECT_THAT(CellsOfOneRecipe(suite, plan), ::testing::Not(HasSubstr("more")));
}

}  // namespace
}  // namespace ablate

#include "harness/plan/plan.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <set>

#include "harness/plan/claims.h"
#include "harness/plan/plan_text.h"
#include "model/data/sha256.h"
#include "tests/plan/suite_text.h"

namespace ablate {
namespace {

using nlohmann::ordered_json;
using ::testing::HasSubstr;
using testing::Parse;
using testing::Patched;
using testing::Refusal;

Plan PlanOf(const ordered_json& json) { return MakePlan(Parse(json)); }

std::vector<std::string> Names(const Plan& plan) {
  std::vector<std::string> names;
  for (const Cell& cell : plan.cells) names.push_back(cell.name);
  return names;
}

TEST(PlanTest, NamesCellsInTheOrderOfTheMatrix) {
  const Plan plan = PlanOf(testing::SuiteJson());
  EXPECT_THAT(Names(plan), ::testing::ElementsAre("padding=static,schedule=constant",
                                                  "padding=static,schedule=onecycle",
                                                  "padding=dynamic,schedule=constant",
                                                  "padding=dynamic,schedule=onecycle"));
  EXPECT_TRUE(plan.cells[0].baseline);
  EXPECT_EQ(std::count_if(plan.cells.begin(), plan.cells.end(),
                          [](const Cell& cell) { return cell.baseline; }),
            1);
  EXPECT_EQ(plan.cells[3].factors[1],
            (std::pair<std::string, std::string>("schedule", "onecycle")));
}

TEST(PlanTest, GivesEachCellItsSettings) {
  ordered_json json = testing::SuiteJson();
  json["matrix"]["training.learning_rate"] = {1e-3, 1};
  const Plan plan = PlanOf(json);
  ASSERT_EQ(plan.cells.size(), 8u);
  EXPECT_EQ(plan.cells[0].settings().training.learning_rate, 1e-3);
  EXPECT_EQ(plan.cells[7].settings().training.learning_rate, 1);
  EXPECT_EQ(plan.cells[7].settings().techniques.at("padding").at("name"), "dynamic");
  EXPECT_EQ(plan.cells[7].settings().techniques.at("schedule").at("pct_start"), 0.1);
  EXPECT_EQ(plan.cells[7].settings().techniques.at("sharing").at("name"), "none");
}

void ExpectHashesOfSettings(const Plan& plan) {
  for (const Cell& cell : plan.cells)
    EXPECT_EQ(cell.cell_id, Sha256Hex(ToJson(cell.settings()).dump()).substr(0, 12)) << cell.name;
}

TEST(PlanTest, HashesTheResolvedConfiguration) {
  ExpectHashesOfSettings(PlanOf(testing::SuiteJson()));
  // Values of every type, written otherwise than they are kept, and settings of one corpus alone.
  ordered_json json = Patched({{"target", {{"metric", "valid_loss"}}}});
  json["matrix"] = ordered_json::parse(R"({
    "corpus.name": ["phrasebook", "multi30k"], "corpus.max_pairs": [null, 300],
    "vocabulary.type": ["word", "bpe"], "model.d_ff": [64.0, 128], "deterministic": [true, false],
    "training.learning_rate": [1, 0.001], "model.activation": ["relu", "gelu"],
    "padding": ["static", {"name": "static", "length": 50, "label": "fifty"}]})");
  const Plan plan = PlanOf(json);
  EXPECT_EQ(plan.cells.size(), 256u);
  ExpectHashesOfSettings(plan);
}

TEST(PlanTest, KeepsHowACellsRecipeCutsBatches) {
  ordered_json json = testing::SuiteJson();
  json["matrix"]["padding"] = ordered_json::parse(R"(["static", {"name": "static", "length": 50,
                                                      "label": "fifty"}])");
  for (const Cell& cell : PlanOf(json).cells) {
    const Recipe recipe = MakeRecipe(cell.settings());
    EXPECT_EQ(cell.batching.pad_to, recipe.batching.pad_to) << cell.name;
    EXPECT_EQ(cell.batching.length, recipe.batching.length) << cell.name;
    EXPECT_EQ(cell.batching.batch_size, 32) << cell.name;
  }
}

TEST(PlanTest, KeepsACellsIdWhereOnlyTheSuiteAroundItChanges) {
  const Plan small = PlanOf(testing::SuiteJson());
  ordered_json json = Patched({{"name", "other"},
                               {"description", "text"},
                               {"device", "cpu"},
                               {"seeds", {3, 4, 5}},
                               {"training", {{"batch_size", 32}}}});  // the default, written out
  json["matrix"]["sharing"] = {"none", "universal"};
  const Plan larger = PlanOf(json);
  EXPECT_EQ(larger.cells.front().cell_id, small.cells.front().cell_id);
  const Plan changed = PlanOf(Patched({{"training", {{"batch_size", 33}}}}));
  EXPECT_NE(changed.cells.front().cell_id, small.cells.front().cell_id);
}

TEST(PlanTest, RunsEveryCellOfASeedBeforeTheNext) {
  const Plan plan = PlanOf(Patched({{"seeds", {7, 3, 9}}}));
  ASSERT_EQ(plan.runs.size(), 12u);
  for (size_t block = 0; block < 3; ++block) {
    std::set<size_t> cells;
    for (size_t i = 0; i < 4; ++i) {
      const PlannedRun& run = plan.runs[4 * block + i];
      EXPECT_EQ(run.seed, (std::vector<uint64_t>{7, 3, 9})[block]);
      EXPECT_EQ(run.block, static_cast<int64_t>(block));
      EXPECT_EQ(run.position, static_cast<int64_t>(i));
      EXPECT_EQ(run.run_id, plan.cells[run.cell].cell_id + "-s" + std::to_string(run.seed));
      cells.insert(run.cell);
    }
    EXPECT_EQ(cells.size(), 4u);
  }
}

std::vector<size_t> OrderOf(const Plan& plan, uint64_t seed) {
  std::vector<size_t> order;
  for (const PlannedRun& run : plan.runs)
    if (run.seed == seed) order.push_back(run.cell);
  return order;
}

TEST(PlanTest, ShufflesABlockByItsSeedAlone) {
  ordered_json json = testing::SuiteJson();
  json["matrix"]["sharing"] = {"none", "universal", "cycle"};
  json["seeds"] = {1, 2};
  const Plan plan = PlanOf(json);
  EXPECT_NE(OrderOf(plan, 1), OrderOf(plan, 2));
  json["seeds"] = {2, 5, 1};
  EXPECT_EQ(OrderOf(PlanOf(json), 1), OrderOf(plan, 1));
}

TEST(PlanTest, SkipsExcludedCells) {
  ordered_json json = testing::SuiteJson();
  json["exclude"] = ordered_json::parse(
      R"([{"when": {"padding": "dynamic", "schedule": "onecycle"}, "reason": "known"}])");
  const Plan plan = PlanOf(json);
  EXPECT_EQ(plan.cells.size(), 4u);
  EXPECT_EQ(plan.cells[3].skip_reason, "known");
  EXPECT_EQ(plan.cells[2].skip_reason, "");
  EXPECT_EQ(plan.runs.size(), 6u);
  for (const PlannedRun& run : plan.runs) EXPECT_NE(run.cell, 3u);
}

TEST(PlanTest, SaysWhichLevelContradictsTheModel) {
  ordered_json json = testing::SuiteJson();
  json["matrix"]["sharing"] = {"none", {{"name", "cycle"}, {"unique", 3}}};
  const std::string refusal = Refusal(json);
  EXPECT_THAT(refusal, ::testing::ContainsRegex("^suites/test.json:[0-9]+: matrix.sharing.1.: in "
                                                "the cell padding=static,schedule=constant,"
                                                "sharing=cycle: unique is 3"));
  json["exclude"] =
      ordered_json::parse(R"([{"when": {"sharing": "cycle"}, "reason": "too shallow"}])");
  EXPECT_EQ(Refusal(json), "") << "what is not run may contradict itself";
}

TEST(PlanTest, SaysWhichSettingContradictsAnother) {
  EXPECT_THAT(Refusal(Patched({{"model", {{"heads", 5}}}})),
              HasSubstr(": model: in the cell padding=static,schedule=constant: model.d_model: 64 "
                        "is not divisible by model.heads: 5"));
  ordered_json json = testing::SuiteJson();
  json["matrix"]["model.heads"] = {4, 6};
  EXPECT_THAT(Refusal(json), HasSubstr(": matrix['model.heads'][1]: in the cell "));
  json = Patched({{"baseline", {{"sharing", {{"name", "cycle"}, {"unique", 3}}}}}});
  EXPECT_THAT(Refusal(json), HasSubstr(": baseline.sharing: in the cell "));
}

TEST(PlanTest, RefusesTwoCellsOfOneConfiguration) {
  ordered_json json = Patched({{"target", {{"metric", "valid_loss"}}}});
  json["matrix"] = ordered_json::parse(
      R"({"corpus.name": ["phrasebook", "multi30k"], "corpus.pairs": [300, 500]})");
  EXPECT_THAT(Refusal(json),
              HasSubstr("the cells corpus.name=multi30k,corpus.pairs=300 and "
                        "corpus.name=multi30k,corpus.pairs=500 have the same configuration"));
  json["exclude"] = ordered_json::parse(
      R"([{"when": {"corpus.name": "multi30k", "corpus.pairs": "300"}, "reason": "the same"}])");
  EXPECT_EQ(Refusal(json), "");
  const Plan plan = PlanOf(json);
  EXPECT_NE(plan.cells[2].cell_id, plan.cells[3].cell_id);
  EXPECT_EQ(plan.cells[3].cell_id,
            Sha256Hex(ToJson(plan.cells[3].settings()).dump()).substr(0, 12));
}

TEST(PlanTest, NamesThePathAloneWithoutAFile) {
  Suite suite = Parse(testing::SuiteJson());
  suite.source_text.clear();
  suite.base.model.heads = 5;
  try {
    MakePlan(suite);
    FAIL();
  } catch (const std::exception& error) {
    EXPECT_THAT(error.what(), ::testing::StartsWith("model: in the cell "));
  }
}

TEST(PlanTest, RefusesMoreRunsThanAnyoneMakes) {
  Suite suite = Parse(testing::SuiteJson());
  suite.seeds.resize(300'000);
  EXPECT_THROW(MakePlan(suite), std::exception);
}

// As much of this process as has been in memory since ForgetPeak, as far as Linux lets it forget.
int64_t PeakBytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6)) * 1024;
  return 0;
}

int64_t ForgetPeak() {
  std::ofstream("/proc/self/clear_refs") << "5";
  return PeakBytes();
}

// 96,000 cells, by techniques and by settings.
ordered_json ManyCells() {
  ordered_json json = testing::SuiteJson();
  json["seeds"] = {1};
  json["model"]["layers"] = 4;
  json["matrix"] = ordered_json::parse(R"({
    "padding": ["static", "dynamic"], "precision": ["fp32", "amp"],
    "sharing": ["none", "universal", "cycle"], "schedule": ["constant", "onecycle"]})");
  for (int i = 1; i <= 40; ++i) json["matrix"]["model.d_ff"].push_back(8 * i);
  for (int i = 1; i <= 100; ++i) json["matrix"]["training.learning_rate"].push_back(1e-4 * i);
  return json;
}

// The bounds are loose, so that they hold on a busy machine and in a debug build: 1 s and 200 MB in
// a release build.
TEST(PlanTest, PlansAHundredThousandCells) {
  const Suite suite = Parse(ManyCells());
  const int64_t before = ForgetPeak();
  const std::clock_t start = std::clock();
  const Plan plan = MakePlan(suite);
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  EXPECT_EQ(plan.cells.size(), 96'000u);
  EXPECT_LT(seconds, 3.0);
  EXPECT_LT(PeakBytes() - before, 200'000'000);
}

// With all that `ablate plan` prints of it; seconds of this process: other load does not count.
TEST(PlanTest, SummarisesAHundredThousandRunsInASecond) {
  ordered_json json = testing::SuiteJson();
  json["seeds"] = ordered_json::array();
  for (int seed = 0; seed < 100; ++seed) json["seeds"].push_back(seed);
  json["matrix"]["model.d_ff"] = ordered_json::array();
  for (int i = 1; i <= 250; ++i) json["matrix"]["model.d_ff"].push_back(8 * i);
  const int64_t before = ForgetPeak();
  const std::clock_t start = std::clock();
  const Suite suite = Parse(json);
  const Plan plan = MakePlan(suite);
  const std::string text = DescribePlan(suite, plan);
  const std::string same = CellsOfOneRecipe(suite, plan);
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  EXPECT_EQ(plan.cells.size(), 1000u);
  EXPECT_EQ(plan.runs.size(), 100'000u);
  EXPECT_THAT(text, ::testing::HasSubstr("100000"));
  EXPECT_THAT(same, ::testing::IsEmpty());
  EXPECT_LT(seconds, 1.0);
  EXPECT_LT(PeakBytes() - before, 200'000'000);
}

}  // namespace
}  // namespace ablate

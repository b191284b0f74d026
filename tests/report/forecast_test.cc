#include "harness/report/forecast.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numbers>

#include "harness/report/power.h"
#include "model/random.h"
#include "tests/report/study.h"

namespace ablate {
namespace {

using ::testing::HasSubstr;
using testing::Study;

constexpr double kOff = 1e-9;

TEST(ForecastTest, TakesEachCellsMeanTime) {
  Study study(3);
  study.RunAll();
  for (Record& record : study.results().records)
    record.time.wall_s = record.factors[0].second == "dynamic" ? 10.0 : 20.0;
  study.Remove("dynamic,constant", 2);
  study.Change("static,constant", 1, [](Record& record) { record.time.wall_s = 26; });
  study.Change("static,constant", 3, [](Record& record) { record.status = Status::kFailed; });
  const auto forecast = ForecastTime(study.results().plan, study.results().records);
  ASSERT_TRUE(forecast);
  EXPECT_EQ(forecast->runs_left, 2);
  EXPECT_NEAR(forecast->seconds, 10 + 23, kOff) << "the failed run's time is none";
  EXPECT_NEAR(forecast->all_seconds, 3 * (10 + 10 + 20 + 23), kOff);
  EXPECT_EQ(forecast->records, 10);
  EXPECT_EQ(forecast->guessed, 0);
}

TEST(ForecastTest, GivesCellsWithoutARecordTheMeanOfTheOthers) {
  Study study(1);
  study.RunAll();
  for (Record& record : study.results().records) record.time.wall_s = 10;
  study.Change("static,constant", 1, [](Record& record) { record.time.wall_s = 40; });
  study.Remove("dynamic,onecycle", 1);
  const auto forecast = ForecastTime(study.results().plan, study.results().records);
  ASSERT_TRUE(forecast);
  EXPECT_NEAR(forecast->seconds, 20, kOff);
  EXPECT_EQ(forecast->guessed, 1);
  EXPECT_THAT(DescribeTime(*forecast), HasSubstr("1 cell without one at the mean of the others"));
}

TEST(ForecastTest, KnowsNothingWithoutRecordsOfThePlan) {
  Study study(1);
  EXPECT_FALSE(ForecastTime(study.results().plan, {}));
  study.RunAll();
  for (Record& record : study.results().records) record.cell_id = "other";
  EXPECT_FALSE(ForecastTime(study.results().plan, study.results().records));
}

TEST(ForecastTest, ExtrapolatesAShortRun) {
  Settings settings;
  settings.target.max_epochs = 10;
  settings.target.max_seconds = 1000;
  Record record;
  record.time.train_s = 5;
  record.time.evaluate_s = 1;
  record.time.wall_s = 8;  // 2 s to set up and warm up
  record.examples = 500;
  // 10 epochs of 2000 at 100 a second: 200 s, and 11 evaluations.
  EXPECT_NEAR(*LongestRun(settings, record, 2000), 2 + 200 + 11, kOff);
  settings.target.max_seconds = 50;  // 5000 examples: two whole epochs, and the end
  EXPECT_NEAR(*LongestRun(settings, record, 2000), 2 + 50 + 3, kOff);
  settings.target.evaluate_every_examples = 1000;
  EXPECT_NEAR(*LongestRun(settings, record, 2000), 2 + 50 + 6, kOff);
  record.examples.reset();
  EXPECT_FALSE(LongestRun(settings, record, 2000));
}

TEST(ForecastTest, AssumesASpreadWhereThereAreNoRecords) {
  const Study study(6);
  const Suite& suite = study.results().suite;
  const ContrastSpread spread = SpreadOfContrasts(suite, study.results().plan, {});
  EXPECT_FALSE(spread.measured);
  EXPECT_NEAR(spread.cell, 0.05 * std::sqrt(2), kOff);
  EXPECT_EQ(spread.contexts, 2);
  EXPECT_NEAR(*spread.marginal, 0.05, kOff);
  const std::string text = DescribePower(suite, spread);
  EXPECT_THAT(text, HasSubstr("assuming that times of a cell's runs spread by 5%"));
  const double least = *MinimumDetectableRatio(spread.cell, 6);
  EXPECT_THAT(text, HasSubstr(std::to_string(least).substr(0, 3)));
}

double Normal(Random& random) {
  return std::sqrt(-2 * std::log(1 - random.Uniform())) *
         std::cos(2 * std::numbers::pi * random.Uniform());
}

TEST(ForecastTest, MeasuresTheSpreadBetweenSeeds) {
  Study study(400);
  study.RunAll();
  Random random(1);
  for (Record& record : study.results().records)
    record.time_to_target_s = *record.time_to_target_s * std::exp(0.1 * Normal(random));
  const Suite& suite = study.results().suite;
  const ContrastSpread spread =
      SpreadOfContrasts(suite, study.results().plan, study.results().records);
  EXPECT_TRUE(spread.measured);
  EXPECT_NEAR(spread.cell, 0.1 * std::sqrt(2), 0.01);
  EXPECT_NEAR(*spread.marginal, 0.1, 0.01) << "an average of two";
  EXPECT_THAT(DescribePower(suite, spread), HasSubstr("earlier records"));
}

TEST(ForecastTest, PromisesNothingOfOneSeed) {
  const Study study(1);
  const ContrastSpread spread = SpreadOfContrasts(study.results().suite, study.results().plan, {});
  EXPECT_EQ(DescribePower(study.results().suite, spread), "");
}

}  // namespace
}  // namespace ablate

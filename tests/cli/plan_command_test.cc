#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/driver.h"
#include "tests/runner/small_suite.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;
using ::testing::ContainsRegex;
using testing::Driver;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::ProcessResult;

class PlanCommandTest : public ::testing::Test {
 protected:
  ProcessResult Plan(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"plan", driver_.suite().string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return driver_.Run(arguments);
  }
  Driver driver_;
};

TEST_F(PlanCommandTest, BoundsTheTimeWhereNothingWasRun) {
  driver_.WriteSuite(testing::SmallSuiteText(R"("seeds": [1, 2, 3])"));
  const ProcessResult result = Plan();
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("time\n  at most 12 min 00 s, if each of 12 runs takes"));
  EXPECT_THAT(result.out, HasSubstr("--calibrate measures"));
  EXPECT_THAT(result.out, HasSubstr("assuming that times of a cell's runs spread by 5%"));
  EXPECT_THAT(result.out, Not(HasSubstr("what it cannot show")));
  EXPECT_FALSE(fs::exists(driver_.results()));
  EXPECT_EQ(driver_.Starts(), 0u);
}

TEST_F(PlanCommandTest, SaysWhatOneSeedCannotShow) {
  driver_.WriteSuite(testing::SmallSuiteText(R"("seeds": [1], "design": "one_factor")"));
  const ProcessResult result = Plan();
  EXPECT_THAT(result.out, HasSubstr("what it cannot show\n  One seed:"));
  EXPECT_THAT(result.out, HasSubstr("  The design one_factor changes one factor at a time"));
  EXPECT_THAT(result.out, Not(HasSubstr("80% power")));
}

// Records with the times that a run has, in place of the worker's.
void GiveWallTimes(const fs::path& results, double wall_s) {
  std::string text;
  for (const std::string& line : testing::LinesOf(results / "records.jsonl")) {
    auto record = nlohmann::json::parse(line);
    record["time"]["wall_s"] = wall_s;
    text += record.dump() + "\n";
  }
  testing::WriteAll(results / "records.jsonl", text);
}

TEST_F(PlanCommandTest, TakesTheTimeFromEarlierRecords) {
  driver_.WriteSuite(testing::SmallSuiteText(R"("seeds": [1, 2])"));
  ASSERT_EQ(driver_.Run({driver_.suite().string(), "--no-report"}).exit_code, 0);
  GiveWallTimes(driver_.results(), 30);
  driver_.WriteSuite(testing::SmallSuiteText(R"("seeds": [1, 2, 3])"));
  const ProcessResult result = Plan();
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out,
              HasSubstr("about 6 min 00 s in all, 2 min 00 s for the 4 runs left, by 8 earlier "
                        "records"));
  EXPECT_THAT(result.out, HasSubstr("by the spread between seeds of earlier records"));
  const ProcessResult elsewhere = Plan({"--results", (driver_.project() / "none").string()});
  EXPECT_THAT(elsewhere.out, HasSubstr("there are no earlier records"));
}

TEST_F(PlanCommandTest, PlansBesideRecordsThatCannotBeRead) {
  fs::create_directories(driver_.results());
  testing::WriteAll(driver_.results() / "records.jsonl", "no json\n{}\n");
  const ProcessResult result = Plan();
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.err, HasSubstr("note: earlier records are left aside"));
}

// A worker whose runs trained on 5000 examples in 6 s.
void TellATime(const fs::path& bin) {
  fs::rename(bin / "ablate-worker", bin / "fake");
  testing::WriteAll(bin / "ablate-worker",
                    "#!/bin/sh\n"
                    "here=$(dirname \"$0\")\n"
                    "\"$here/fake\" \"$@\" || exit $?\n"
                    "[ \"$1\" = --config ] || exit 0\n"
                    "cp \"$2\" \"$here/config.json\"\n"
                    "sed -i 's/\"train_s\":null/\"train_s\":6/; s/\"examples\":null/"
                    "\"examples\":5000/' \"$(dirname \"$2\")/run.json\"\n");
  fs::permissions(bin / "ablate-worker", fs::perms::owner_all);
}

TEST_F(PlanCommandTest, CalibratesByAShortRunOfTheBaseline) {
  TellATime(driver_.project() / "bin");
  const ProcessResult result = Plan({"--calibrate"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  // 30 epochs of 270 pairs.
  EXPECT_THAT(result.out, ContainsRegex("at most 3[89].* s, if each of 4 runs takes 9.7 s, as the "
                                        "baseline does that trains for target.max_epochs"));
  EXPECT_EQ(driver_.Starts(), 1u);
  EXPECT_FALSE(fs::exists(driver_.results())) << "no result is kept";
  const auto config =
      nlohmann::json::parse(testing::ReadAll(driver_.project() / "bin" / "config.json"));
  EXPECT_EQ(config.at("settings").at("target").at("max_seconds"), 5);
  EXPECT_EQ(config.at("identity").at("cell"), "padding=static,schedule=constant");
}

TEST_F(PlanCommandTest, SaysWhyItCannotCalibrate) {
  driver_.Behave("static exit");
  const ProcessResult result = Plan({"--calibrate"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, HasSubstr("the calibrating run tells no time"));
}

}  // namespace
}  // namespace ablate

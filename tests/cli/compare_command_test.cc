#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "tests/cli/driver.h"
#include "tests/runner/small_suite.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::Driver;
using ::testing::HasSubstr;
using testing::ProcessResult;

// The results of a suite of four cells and three seeds, and a changed copy of them.
class CompareCommandTest : public ::testing::Test {
 protected:
  CompareCommandTest() : old_(driver_.results()), new_(driver_.project() / "new") {
    driver_.WriteSuite(testing::SmallSuiteText(R"("seeds": [1, 2, 3])"));
    EXPECT_EQ(driver_.Run({driver_.suite().string(), "--no-report"}).exit_code, 0);
    fs::copy(old_, new_, fs::copy_options::recursive);
  }

  void Change(const std::function<void(json&)>& edit) {
    std::string text;
    for (const std::string& line : testing::LinesOf(new_ / "records.jsonl")) {
      json record = json::parse(line);
      edit(record);
      text += record.dump() + "\n";
    }
    testing::WriteAll(new_ / "records.jsonl", text);
  }
  // Multiplies the times by `factor`, give or take 1% from seed to seed.
  void Slow(double factor) {
    Change([=](json& record) {
      const double seed = record["seed"].get<double>();
      record["time_to_target_s"] =
          record["time_to_target_s"].get<double>() * factor * (0.98 + 0.01 * seed);
    });
  }
  void MoveTo(const char* pointer, const char* value) {
    json environment = json::parse(testing::ReadAll(new_ / "environment.json"));
    environment[json::json_pointer(pointer)] = value;
    testing::WriteAll(new_ / "environment.json", environment.dump());
  }
  ProcessResult Compare(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"compare", old_.string(), new_.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return driver_.Run(arguments);
  }

  Driver driver_;
  fs::path old_, new_;
};

TEST_F(CompareCommandTest, ExitsByTheVerdict) {
  EXPECT_EQ(Compare().exit_code, 0);
  Slow(1.3);
  const ProcessResult slower = Compare({"--metric", "time_to_target_s", "--max-regression", "5%"});
  EXPECT_EQ(slower.exit_code, 1);
  EXPECT_THAT(slower.out, ::testing::StartsWith("## Gate: regression\n"));
  EXPECT_EQ(Compare({"--max-regression", "0.5"}).exit_code, 0);
  EXPECT_EQ(Compare({"--max-regression", "30%"}).exit_code, 5) << "it is what is allowed";
  EXPECT_EQ(Compare({"--metric", "target_tokens_per_s"}).exit_code, 0);
}

TEST_F(CompareCommandTest, IsNotSureWhereRunsFailed) {
  Change([](json& record) {
    if (record["seed"] == 2) record["status"] = "timed_out";
  });
  EXPECT_EQ(Compare().exit_code, 5);
  EXPECT_EQ(Compare({"--metric", "energy_j"}).exit_code, 5) << "no run has it";
}

TEST_F(CompareCommandTest, WritesWhatItPrintsAsJson) {
  Slow(1.3);
  const fs::path file = driver_.project() / "gate.json";
  EXPECT_EQ(Compare({"--json", file.string()}).exit_code, 1);
  const json gate = json::parse(testing::ReadAll(file));
  EXPECT_EQ(gate["verdict"], "regression");
  EXPECT_NEAR(gate["overall"]["ratio"].get<double>(), 1.3, 0.01);
  EXPECT_EQ(gate["cells"].size(), 4u);
}

TEST_F(CompareCommandTest, RefusesOtherMachinesUnlessToldOtherwise) {
  MoveTo("/libtorch", "2.11.1");
  const ProcessResult refused = Compare();
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_THAT(refused.err, HasSubstr("LibTorch: 2.11.0 there, 2.11.1 here"));
  EXPECT_THAT(refused.err, HasSubstr("--across-machines"));
  const ProcessResult told = Compare({"--across-machines"});
  EXPECT_EQ(told.exit_code, 0);
  EXPECT_THAT(told.out, HasSubstr("Across machines: LibTorch"));
  fs::remove(new_ / "environment.json");
  EXPECT_EQ(Compare().exit_code, 3);
}

TEST_F(CompareCommandTest, SaysWhatIsWrongWithItsArguments) {
  for (const char* share : {"5", "x%", "-1%", "", "%", "nan", "5%%"})
    EXPECT_EQ(Compare({"--max-regression", share}).exit_code, 3) << share;
  const ProcessResult metric = Compare({"--metric", "time"});
  EXPECT_EQ(metric.exit_code, 3);
  EXPECT_THAT(metric.err, HasSubstr("time_to_target_s"));
  const ProcessResult absent =
      driver_.Run({"compare", old_.string(), (driver_.project() / "absent").string()});
  EXPECT_EQ(absent.exit_code, 3);
  EXPECT_THAT(absent.err, HasSubstr("holds no records"));
  EXPECT_EQ(driver_.Run({"compare", old_.string()}).exit_code, 3);
}

}  // namespace
}  // namespace ablate

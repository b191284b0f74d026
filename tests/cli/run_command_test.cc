#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "harness/run/record.h"
#include "harness/run/store.h"
#include "tests/cli/driver.h"
#include "tests/runner/small_suite.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;
using testing::Driver;
using ::testing::HasSubstr;
using testing::LinesOf;
using ::testing::Not;
using testing::ProcessResult;
using testing::ReadAll;
using testing::SmallSuiteText;

class RunCommandTest : public ::testing::Test {
 protected:
  ProcessResult Run(std::vector<std::string> more = {}) {
    more.insert(more.begin(), driver_.suite().string());
    return driver_.Run(more);
  }
  Driver driver_;
};

TEST_F(RunCommandTest, RunsTheSuiteAndRendersTheReport) {
  const ProcessResult result = Run();
  EXPECT_EQ(result.exit_code, 0) << result.err;
  // The order is the plan's; names and times have their holes.
  const std::string line =
      R"(\[[1-4]/4\] padding=[a-z]+,schedule=[a-z]+ seed 1: reached in 5\.2 s )"
      R"(\(4,310 examples, 21\.3k tokens/s\))"
      "\n";
  EXPECT_THAT(result.out,
              ::testing::MatchesRegex("(" + line + "){4}[^\n]+\nReport: [^\n]*report\\.md\n"));
  EXPECT_TRUE(fs::exists(driver_.report() / "report.md"));
  EXPECT_EQ(driver_.Records().size(), 4u);
  EXPECT_TRUE(fs::exists(driver_.results() / "suite.json"));
}

TEST_F(RunCommandTest, LeavesNoPathOfThisMachineInWhatIsCommitted) {
  driver_.Behave("padding=dynamic exit");
  Run();
  for (const char* name : {"suite.json", "environment.json", "records.jsonl"}) {
    const std::string text = ReadAll(driver_.results() / name);
    ASSERT_FALSE(text.empty()) << name;
    EXPECT_EQ(text.find(driver_.project().string()), std::string::npos) << name;
    EXPECT_EQ(text.find("/home/"), std::string::npos) << name;
  }
}

TEST_F(RunCommandTest, RecordsReferToTheEnvironment) {
  Run();
  const auto environment = nlohmann::json::parse(ReadAll(driver_.results() / "environment.json"));
  EXPECT_EQ(environment["libtorch"], "2.11.0");
  EXPECT_EQ(environment["device"], "cpu");
  EXPECT_EQ(environment["worker"].get<std::string>().size(), 64u);
  EXPECT_EQ(environment["corpora"].size(), 1u);
  const std::string hash = RecordFromJson(nlohmann::json::parse(driver_.Records()[0])).environment;
  EXPECT_EQ(hash.size(), 12u);
  // Again, with one more seed: rates were measured, and are not measured again.
  driver_.WriteSuite(SmallSuiteText(R"("seeds": [1, 2])"));
  EXPECT_EQ(Run().exit_code, 0);
  EXPECT_EQ(RecordFromJson(nlohmann::json::parse(driver_.Records().back())).environment, hash);
}

TEST_F(RunCommandTest, ResumesWhatIsLeft) {
  driver_.Behave("padding=dynamic,schedule=onecycle abort");
  ProcessResult result = Run();
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("1 run failed"));
  driver_.Behave("");
  result = Run();
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, HasSubstr("3 of 4 runs are kept"));
  EXPECT_EQ(driver_.Starts(), 5u);
  EXPECT_EQ(Run().exit_code, 0);
  EXPECT_EQ(driver_.Starts(), 5u);
}

TEST_F(RunCommandTest, GoesOnAfterTheDriverWasKilled) {
  driver_.Behave("padding hang");
  const pid_t killed = driver_.Start();
  driver_.AwaitStarts(1);
  kill(killed, SIGKILL);
  EXPECT_EQ(testing::Await(killed), 128 + SIGKILL);
  driver_.Behave("");
  EXPECT_EQ(Run().exit_code, 0);
  EXPECT_EQ(driver_.Records().size(), 4u);
}

TEST_F(RunCommandTest, InterruptRecordsTheRunAndRendersWhatThereIs) {
  driver_.Behave("padding=dynamic hang\npadding=static succeed");
  const pid_t interrupted = driver_.Start();
  while (ReadAll(driver_.results() / "runs").empty() && driver_.Starts() == 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  // Until a run hangs: the last one started has no record.
  while (driver_.Starts() == driver_.Records().size())
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  kill(interrupted, SIGINT);
  EXPECT_EQ(testing::Await(interrupted), 130);
  const RecordLog log = ReadRecordLog(driver_.results());
  ASSERT_FALSE(log.records.empty());
  EXPECT_EQ(log.records.back().status, Status::kInterrupted);
  EXPECT_TRUE(fs::exists(driver_.report() / "report.md"));
  EXPECT_THAT(ReadAll(driver_.project() / "driver.log"),
              HasSubstr("the same command goes on from here"));
}

TEST_F(RunCommandTest, SecondInterruptStopsAtOnce) {
  driver_.Behave("padding stubborn");  // would be waited for 10 s
  const pid_t interrupted = driver_.Start();
  driver_.AwaitStarts(1);
  kill(interrupted, SIGINT);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  const auto start = std::chrono::steady_clock::now();
  kill(interrupted, SIGTERM);
  EXPECT_EQ(testing::Await(interrupted), 130);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
}

TEST_F(RunCommandTest, LocksTheFolder) {
  driver_.Behave("padding hang");
  const pid_t first = driver_.Start();
  driver_.AwaitStarts(1);
  const ProcessResult second = Run();
  EXPECT_EQ(second.exit_code, 3);
  EXPECT_THAT(second.err, HasSubstr("another ablate is running"));
  kill(first, SIGKILL);
  testing::Await(first);
}

TEST_F(RunCommandTest, RefusesChangedSettingsWorkersAndDevices) {
  EXPECT_EQ(Run().exit_code, 0);
  driver_.WriteSuite(SmallSuiteText(R"("seeds": [1], "training": {"learning_rate": 0.5})"));
  ProcessResult result = Run();
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, HasSubstr("training.learning_rate: 0.001 there, 0.5 here (in 4 cells)"));
  EXPECT_THAT(result.err, HasSubstr("--fresh"));

  driver_.WriteSuite(SmallSuiteText());
  EXPECT_THAT(Run({"--device", "cuda"}).err, HasSubstr("device: cpu there, cuda here"));
  const fs::path worker = driver_.project() / "bin" / "ablate-worker";
  testing::WriteAll(worker, ReadAll(worker) + "x");  // still runs; another hash
  result = Run();
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, HasSubstr("worker: "));

  result = Run({"--fresh"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("small.old-"));
  EXPECT_EQ(driver_.Records().size(), 4u);
}

TEST_F(RunCommandTest, RefusesCudaWhereThereIsNone) {
  const ProcessResult result = Run({"--device", "cuda"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, HasSubstr("no CUDA device"));
  EXPECT_EQ(driver_.Starts(), 0u);
}

TEST_F(RunCommandTest, RunsOnlyWhatIsSelected) {
  driver_.WriteSuite(SmallSuiteText(R"("seeds": [1, 2, 3])"));
  const ProcessResult dry = Run({"--dry-run", "--filter", "padding=dynamic", "--seeds", "2-3"});
  EXPECT_EQ(dry.exit_code, 0);
  EXPECT_THAT(dry.out, HasSubstr("4 of 4 runs would be run"));
  EXPECT_FALSE(fs::exists(driver_.results()));
  EXPECT_EQ(Run({"--filter", "padding=dynamic", "--seeds", "2-3", "--no-report"}).exit_code, 0);
  EXPECT_EQ(driver_.Starts(), 4u);
  EXPECT_FALSE(fs::exists(driver_.report()));
  EXPECT_EQ(Run({"--shard", "2/3"}).exit_code, 0);
  EXPECT_EQ(driver_.Starts(), 6u);  // seed 2 again but for its two kept cells
  EXPECT_EQ(Run({"--filter", "padding=dinamic"}).exit_code, 3);
}

TEST_F(RunCommandTest, RecordsSkippedCellsWithTheirReason) {
  driver_.WriteSuite(SmallSuiteText(
      R"("seeds": [1, 2], "exclude": [{"when": {"padding": "dynamic"}, "reason": "known to be fast"}])"));
  const ProcessResult result = Run();
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("skipped 4 runs: known to be fast"));
  EXPECT_EQ(driver_.Records().size(), 8u);
}

TEST_F(RunCommandTest, EndsEarlyOnFailureAndTimesOut) {
  driver_.Behave("padding hang");
  const ProcessResult result = Run({"--timeout", "0.5", "--fail-fast"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.out, HasSubstr("timed out: not finished within 0.5 s"));
  EXPECT_EQ(driver_.Records().size(), 1u);
}

TEST_F(RunCommandTest, ExportsRecords) {
  EXPECT_EQ(Run({"--export", "csv", "--no-report"}).exit_code, 0);
  EXPECT_EQ(Run({"--export", "json"}).exit_code, 0);
  const std::vector<std::string> lines = LinesOf(driver_.report() / "exports" / "records.csv");
  ASSERT_EQ(lines.size(), 5u);
  EXPECT_THAT(lines[0], HasSubstr("factors.padding,factors.schedule"));
  EXPECT_THAT(lines[1], HasSubstr("\"padding="));  // quoted for its comma
  EXPECT_EQ(nlohmann::json::parse(ReadAll(driver_.report() / "exports" / "records.json")).size(),
            4u);
  EXPECT_EQ(Run({"--export", "xml"}).exit_code, 3);
}

TEST_F(RunCommandTest, PutsTheReportOfAFolderElsewhereIntoIt) {
  const fs::path elsewhere = fs::path(testing::TemporaryFolder()) / "mine";
  EXPECT_EQ(Run({"--results", elsewhere.string()}).exit_code, 0);
  EXPECT_TRUE(fs::exists(elsewhere / "report" / "report.md"));
  EXPECT_FALSE(fs::exists(driver_.results()));
  EXPECT_EQ(Run({"--results", (driver_.project() / "results" / "reference" / "small").string()})
                .exit_code,
            3);
}

TEST_F(RunCommandTest, DropsATornTailAndSaysSo) {
  EXPECT_EQ(Run().exit_code, 0);
  const fs::path log = driver_.results() / "records.jsonl";
  const std::string text = ReadAll(log);
  testing::WriteAll(log, text.substr(0, text.size() - 10));
  const ProcessResult result = Run();
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.err, HasSubstr("torn"));
  EXPECT_EQ(driver_.Starts(), 5u);
  EXPECT_EQ(driver_.Records().size(), 4u);
}

}  // namespace
}  // namespace ablate

// The driver, killed at random moments: it goes on from there, and leaves no process behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <set>
#include <sstream>
#include <thread>

#include "harness/plan/plan.h"
#include "harness/run/store.h"
#include "tests/cli/driver.h"
#include "tests/runner/small_suite.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;
using testing::Driver;
using testing::LinesOf;

void Sleep(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

// A zombie, which waits for its parent, is gone.
bool IsGone(pid_t process) {
  const std::string status = testing::ReadAll("/proc/" + std::to_string(process) + "/status");
  return status.empty() || status.find("State:\tZ") != std::string::npos;
}

// What the workers of `driver` told of their start: "<run's id> <rank> <pid> …" a line.
std::vector<pid_t> StartedWorkers(const Driver& driver) {
  std::vector<pid_t> pids;
  for (const std::string& line : LinesOf(driver.project() / "bin" / "ranks")) {
    std::istringstream words(line);
    std::string run_id;
    int rank = 0;
    pid_t pid = 0;
    if (words >> run_id >> rank >> pid) pids.push_back(pid);
  }
  return pids;
}

// The first `known` have been looked at before.
void ExpectNoWorkerLeft(const Driver& driver, size_t known) {
  const std::vector<pid_t> pids = StartedWorkers(driver);
  for (size_t i = known; i < pids.size(); ++i) {
    for (int tries = 0; tries < 500 && !IsGone(pids[i]); ++tries) Sleep(0.01);
    EXPECT_TRUE(IsGone(pids[i])) << "worker " << pids[i] << " outlived its driver";
  }
}

// Starts the driver `times` times and kills it after up to `most_s`; none of its workers may be
// left, and its log must hold whole records, once each. Returns how many it was killed before it
// was done.
int KillAgainAndAgain(const Driver& driver, int times, double most_s) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> moment(0, most_s);
  int killed = 0;
  for (int i = 0; i < times; ++i) {
    const size_t known = StartedWorkers(driver).size();
    const pid_t started = driver.Start({"--no-report"});
    Sleep(moment(random));
    kill(started, SIGKILL);
    killed += testing::Await(started) == 128 + SIGKILL ? 1 : 0;
    ExpectNoWorkerLeft(driver, known);
    EXPECT_NO_THROW(ReadRecordLog(driver.results()));
  }
  return killed;
}

void ExpectExactlyThePlannedRecords(const Driver& driver) {
  std::set<std::string> planned;
  for (const PlannedRun& run : MakePlan(LoadSuite(driver.suite())).runs) planned.insert(run.run_id);
  const std::vector<std::string> lines = driver.Records();
  EXPECT_EQ(lines.size(), planned.size());
  std::set<std::string> recorded;
  for (const std::string& line : lines) {
    const Record record = RecordFromJson(nlohmann::json::parse(line));
    EXPECT_EQ(record.status, Status::kReached) << record.reason;
    EXPECT_TRUE(fs::exists(driver.results() / "runs" / record.run_id / "curve.csv"));
    recorded.insert(record.run_id);
  }
  EXPECT_EQ(recorded, planned);
}

std::string Seeds(int count) {
  std::string text = "1";
  for (int seed = 2; seed <= count; ++seed) text += ", " + std::to_string(seed);
  return "\"seeds\": [" + text + "]";
}

TEST(KilledDriverTest, EndsWithExactlyThePlannedRecords) {
  Driver driver;
  driver.WriteSuite(testing::SmallSuiteText(Seeds(150)));
  EXPECT_GT(KillAgainAndAgain(driver, 50, 0.15), 25);
  const testing::ProcessResult result = driver.Run({driver.suite().string(), "--no-report"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  ExpectExactlyThePlannedRecords(driver);
  ExpectNoWorkerLeft(driver, 0);
}

TEST(KilledDriverTest, LeavesNoRankBehind) {
  Driver driver;
  std::string text = testing::SmallSuiteText(Seeds(40));
  const std::string schedule = R"("schedule": ["constant", "onecycle"])";
  text.replace(text.find(schedule), schedule.size(),
               R"("parallelism": [{"name": "data", "processes": 3}])");
  const std::string baseline = R"(, "schedule": "constant")";
  text.replace(text.find(baseline), baseline.size(), "");
  driver.WriteSuite(text);
  KillAgainAndAgain(driver, 10, 0.12);
  // Ones that would go on for ever, and don't heed a request to end.
  driver.Behave("padding stubborn");
  const size_t before = StartedWorkers(driver).size();
  const pid_t started = driver.Start({"--no-report"});
  for (int tries = 0; tries < 1000 && StartedWorkers(driver).size() < before + 3; ++tries) {
    Sleep(0.01);
  }
  EXPECT_GE(StartedWorkers(driver).size(), before + 3);
  kill(started, SIGKILL);
  testing::Await(started);
  ExpectNoWorkerLeft(driver, before);
  driver.Behave("");
  EXPECT_EQ(driver.Run({driver.suite().string(), "--no-report"}).exit_code, 0);
  ExpectExactlyThePlannedRecords(driver);
}

}  // namespace
}  // namespace ablate

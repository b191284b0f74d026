// Runs of several processes: real ones, of a fake worker.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <sstream>
#include <thread>

#include "harness/run/runner.h"
#include "tests/runner/small_suite.h"
#include "tests/support/process.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::LinesOf;
using testing::ReadAll;

Plan PlanOfRanks(int64_t processes) {
  Plan plan = MakePlan(testing::SmallSuite());
  for (Cell& cell : plan.cells) cell.processes = processes;
  plan.runs.resize(1);
  return plan;
}

// A zombie waits for its parent, which has been killed or is us.
bool IsGone(pid_t process) {
  const std::string status = testing::ReadAll("/proc/" + std::to_string(process) + "/status");
  return status.empty() || status.find("State:\tZ") != std::string::npos;
}

// Within ten seconds.
bool Soon(const std::function<bool()>& condition) {
  for (int i = 0; i < 1000 && !condition(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return condition();
}

struct StartedRank {
  int rank = 0;
  pid_t pid = 0;
  std::string variables;
};

// What fake workers told of their start, in the order of their ranks.
std::vector<StartedRank> StartedRanks(const fs::path& worker) {
  std::vector<StartedRank> started;
  for (const std::string& line : LinesOf(worker / "ranks")) {
    std::istringstream words(line);
    std::string run_id;
    StartedRank rank;
    words >> run_id >> rank.rank >> rank.pid;
    std::getline(words, rank.variables);
    started.push_back(rank);
  }
  std::sort(started.begin(), started.end(),
            [](const StartedRank& a, const StartedRank& b) { return a.rank < b.rank; });
  return started;
}

class RanksTest : public ::testing::Test {
 protected:
  RanksTest() {
    context_ = {
        .suite_name = "small", .plan = &plan_, .store = &store_, .processes = processes_.get()};
    context_.progress = progress_.get();
    context_.device = "cpu";
    context_.encoded_corpus = [](const Settings&) { return fs::path("corpus.ids"); };
    context_.stop_requested = [] { return false; };
    context_.options.grace_s = 0.3;
  }

  // Two ranks unless told otherwise; the record of their one run, after which none may be left.
  Record Run(const std::string& behaviour, int64_t processes = 2) {
    plan_ = PlanOfRanks(processes);
    worker_ = testing::FolderWithFakeWorker("padding " + behaviour);
    context_.worker.executable = worker_ / "ablate-worker";
    const auto start = std::chrono::steady_clock::now();
    RunAll(context_, plan_.runs);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30)) << behaviour;
    for (const StartedRank& rank : StartedRanks(worker_)) {
      EXPECT_TRUE(IsGone(rank.pid)) << behaviour << ": rank " << rank.rank << " is left";
    }
    return store_.records().at(0);
  }

  void ExpectFailure(const std::string& behaviour, const std::string& reason) {
    const Record record = Run(behaviour);
    EXPECT_EQ(record.status, Status::kFailed) << behaviour;
    EXPECT_THAT(record.reason, ::testing::StartsWith(reason)) << behaviour;
    EXPECT_EQ(record.processes, 2) << behaviour;
  }

  Plan plan_ = PlanOfRanks(2);
  const fs::path results_ = fs::path(testing::TemporaryFolder()) / "small";
  ResultStore store_ = ResultStore::Open(results_);
  const std::unique_ptr<ProcessRunner> processes_ = MakeProcessRunner();
  std::ostringstream out_;
  const std::unique_ptr<Progress> progress_ = MakeLineProgress(out_);
  fs::path worker_;
  RunContext context_;
};

TEST_F(RanksTest, RunTogetherAndKnowWhoTheyAre) {
  const Record record = Run("succeed", 3);
  EXPECT_EQ(record.status, Status::kReached) << record.reason;
  EXPECT_EQ(record.processes, 3);
  const std::vector<StartedRank> ranks = StartedRanks(worker_);
  ASSERT_EQ(ranks.size(), 3u);
  const std::string port = ranks[0].variables.substr(ranks[0].variables.find("MASTER_PORT="));
  EXPECT_GT(std::atoi(port.substr(port.find('=') + 1).c_str()), 1023);
  for (int r = 0; r < 3; ++r) {
    const std::string number = std::to_string(r);
    EXPECT_EQ(ranks[r].variables, " RANK=" + number + " WORLD_SIZE=3 LOCAL_RANK=" + number +
                                      " MASTER_ADDR=127.0.0.1 " + port);
  }
  const fs::path folder = store_.RunFolder(record.run_id);
  for (const char* log : {"log.txt", "log-1.txt", "log-2.txt"}) {
    EXPECT_TRUE(fs::exists(folder / log)) << log;
  }
}

TEST_F(RanksTest, OneAloneKnowsNoneOfTheDriversLauncher) {
  for (const char* name : {"RANK", "WORLD_SIZE", "MASTER_PORT", "TORCHELASTIC_USE_AGENT_STORE"}) {
    setenv(name, "7", 1);
  }
  const Record record = Run("succeed", 1);
  for (const char* name : {"RANK", "WORLD_SIZE", "MASTER_PORT", "TORCHELASTIC_USE_AGENT_STORE"}) {
    unsetenv(name);
  }
  EXPECT_EQ(record.status, Status::kReached) << record.reason;
  EXPECT_EQ(StartedRanks(worker_).at(0).variables,
            " RANK= WORLD_SIZE= LOCAL_RANK= MASTER_ADDR= MASTER_PORT= "
            "TORCHELASTIC_USE_AGENT_STORE=");
}

// Time enough for what ranks do by themselves, however slow the machine.
constexpr double kLongGraceS = 20;

// The other, which sees the connection close, leaves a file that says only that.
TEST_F(RanksTest, BlameTheOneThatFailedFirst) {
  context_.options.grace_s = kLongGraceS;
  ExpectFailure("1:kill", "rank 1 of 2 was ended by SIGKILL");
  ExpectFailure("1:abort", "rank 1 of 2 was ended by SIGABRT");
  ExpectFailure("1:exit", "rank 1 of 2 exited with 3; its last words: opening corpus.ids");
  ExpectFailure("0:kill", "rank 0 of 2 was ended by SIGKILL");
  ExpectFailure("0:exit", "rank 0 of 2 exited with 3; its last words: opening corpus.ids");
}

TEST_F(RanksTest, BlameTheOneThatFailedFirstThoughItEndsLast) {
  context_.options.grace_s = kLongGraceS;
  ExpectFailure("1:refuse", "rank 1 of 2: no such corpus");
  ExpectFailure("0:refuse", "rank 0 of 2: no such corpus");
}

TEST_F(RanksTest, OutOfMemoryInOneIsThatOfTheRun) {
  context_.options.grace_s = kLongGraceS;
  const Record record = Run("1:out_of_memory");
  EXPECT_EQ(record.status, Status::kOutOfMemory);
  EXPECT_EQ(record.reason, "rank 1 of 2: tried to allocate 64 GiB");
  EXPECT_EQ(record.memory.device_peak_allocated_bytes, 4097);
  EXPECT_FALSE(record.memory.device_peak_reserved_bytes);
  EXPECT_GT(record.memory.host_peak_rss_bytes.value(), 1);  // of both, as the driver saw it
}

TEST_F(RanksTest, OutOfMemoryInRank0IsWhatItSaysOfTheRun) {
  context_.options.grace_s = kLongGraceS;
  const Record record = Run("0:out_of_memory");
  EXPECT_EQ(record.status, Status::kOutOfMemory);
  EXPECT_EQ(record.reason, "tried to allocate 64 GiB");
  EXPECT_EQ(record.memory.device_peak_allocated_bytes, 4096);
  EXPECT_THAT(ReadAll(store_.RunFolder(record.run_id) / "rank-1.json"),
              HasSubstr("connection closed"));
}

// Another process took the memory: the run is made again, and its device is still disturbed.
TEST_F(RanksTest, OutOfMemoryOnADisturbedGpuOfOneMakesTheRunInvalid) {
  context_.options.grace_s = kLongGraceS;
  context_.options.most_attempts = 2;
  const Record record = Run("1:disturbed");
  EXPECT_EQ(record.status, Status::kInvalid);
  EXPECT_THAT(record.reason, ::testing::StartsWith("rank 1 of 2: other processes used the GPU"));
  EXPECT_EQ(record.attempts, 2);
}

TEST_F(RanksTest, KeepTheResultWhereOneFailsAfterTheTraining) {
  context_.options.grace_s = kLongGraceS;
  const Record record = Run("reached_but_for_1");
  EXPECT_EQ(record.status, Status::kReached) << record.reason;
  EXPECT_THAT(record.notes, ::testing::ElementsAre("after this result was there: rank 1 of 2: "
                                                   "tried to evaluate corpus.ids"));
  EXPECT_FALSE(record.memory.device_peak_reserved_bytes);
}

TEST_F(RanksTest, AreEndedWhereOneGoesOnAlone) {
  ExpectFailure("hang_but_for_0", "rank 0 of 2 exited with 4; rank 1 did not end by itself");
}

TEST_F(RanksTest, AreAllEndedByALimitOfTime) {
  context_.options.timeout_s = 3;  // in which both start
  const Record record = Run("stubborn");
  EXPECT_EQ(record.status, Status::kTimedOut);
  EXPECT_THAT(record.reason, HasSubstr("not finished within 3.0 s"));
  EXPECT_EQ(StartedRanks(worker_).size(), 2u);
}

TEST_F(RanksTest, AreAllEndedWhenTheUserStops) {
  context_.stop_requested = [this] {
    return !worker_.empty() && StartedRanks(worker_).size() == 2;
  };
  const Record record = Run("hang");
  EXPECT_EQ(record.status, Status::kInterrupted);
}

TEST_F(RanksTest, DieWithTheDriver) {
  plan_ = PlanOfRanks(2);
  worker_ = testing::FolderWithFakeWorker("padding stubborn");
  context_.worker.executable = worker_ / "ablate-worker";
  const pid_t driver = fork();
  if (driver == 0) {
    RunAll(context_, plan_.runs);
    _exit(0);
  }
  const bool started = Soon([&] { return StartedRanks(worker_).size() == 2; });
  kill(driver, SIGKILL);
  waitpid(driver, nullptr, 0);
  ASSERT_TRUE(started);
  for (const StartedRank& rank : StartedRanks(worker_)) {
    EXPECT_TRUE(Soon([&] { return IsGone(rank.pid); })) << "rank " << rank.rank;
  }
}

TEST_F(RanksTest, LeaveNoneWhereOneCannotBeStarted) {
  // A folder stands where rank 1 should log.
  const ProcessRequest request = {
      .argv = {"sh", "-c", "echo $$; sleep 60"}, .log = results_ / "log.txt", .processes = 2};
  fs::create_directories(results_ / "log-1.txt");
  EXPECT_ANY_THROW(processes_->Run(request, {}));
  for (const std::string& line : LinesOf(results_ / "log.txt")) {
    EXPECT_TRUE(IsGone(std::stoi(line)));
  }
}

}  // namespace
}  // namespace ablate

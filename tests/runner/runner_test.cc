// The loop over the runs, with a real process but a fake worker, and with no process at all.
#include "harness/run/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

#include "harness/run/last_words.h"
#include "harness/run/outcome.h"
#include "harness/run/worker_protocol.h"
#include "tests/runner/small_suite.h"
#include "tests/support/process.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::LinesOf;
using ::testing::MatchesRegex;
using testing::ReadAll;

// Ends every run as told, and leaves no file.
class FakeProcesses : public ProcessRunner {
 public:
  explicit FakeProcesses(const ProcessEnd& end) : end_(end) {}
  ProcessEnd Run(const ProcessRequest& request, const ProcessWatcher&) override {
    requests.push_back(request);
    return end_;
  }
  std::vector<ProcessRequest> requests;

 private:
  ProcessEnd end_;
};

class RunnerTest : public ::testing::Test {
 protected:
  RunnerTest() {
    context_ = {
        .suite_name = "small", .plan = &plan_, .store = &store_, .processes = processes_.get()};
    context_.progress = progress_.get();
    context_.device = "cpu";
    context_.environment_hash = "0123456789ab";
    context_.encoded_corpus = [](const Settings&) { return fs::path("corpus.ids"); };
    context_.stop_requested = [this] { return stop_; };
    context_.options.grace_s = 0.3;
  }

  RunTally Run(const std::string& behaviour) {
    worker_ = testing::FolderWithFakeWorker(behaviour);
    context_.worker.executable = worker_ / "ablate-worker";
    return RunAll(context_, plan_.runs);
  }

  const Record& RecordOf(const std::string& part) const {
    for (const Record& record : store_.records()) {
      if (record.cell.find(part) != std::string::npos) return record;
    }
    throw std::runtime_error("no record of " + part);
  }

  size_t Starts() const { return LinesOf(worker_ / "starts").size(); }

  const Plan plan_ = MakePlan(testing::SmallSuite());
  const fs::path results_ = fs::path(testing::TemporaryFolder()) / "small";
  ResultStore store_ = ResultStore::Open(results_);
  const std::unique_ptr<ProcessRunner> processes_ = MakeProcessRunner();
  std::ostringstream out_;
  const std::unique_ptr<Progress> progress_ = MakeLineProgress(out_);
  bool stop_ = false;
  fs::path worker_;
  RunContext context_;
};

TEST_F(RunnerTest, RecordsEveryRunWithItsIdentity) {
  const RunTally tally = Run("dynamic noise");
  EXPECT_EQ(tally.ended.at(Status::kReached), 4);
  EXPECT_EQ(tally.failures(), 0);
  const Record& record = RecordOf("padding=dynamic,schedule=onecycle");
  EXPECT_EQ(record.environment, "0123456789ab");
  EXPECT_EQ(record.attempts, 1);
  EXPECT_EQ(record.time_to_target_s, 5.2);
  EXPECT_THAT(record.started_at, MatchesRegex("....-..-..T..:..:..Z"));
  EXPECT_GT(record.time.wall_s.value_or(0), 0);
  const fs::path folder = store_.RunFolder(record.run_id);
  EXPECT_TRUE(fs::exists(folder / "run.json"));
  EXPECT_TRUE(fs::exists(folder / "log.txt"));
  EXPECT_FALSE(fs::exists(folder / "config.json"));  // it names this machine's folders
  EXPECT_EQ(ReadAll(results_ / "records.jsonl").find(results_.string()), std::string::npos);
}

TEST_F(RunnerTest, WritesALineARun) {
  Run("");
  const std::vector<std::string> lines = LinesOf([&] {
    const fs::path file = results_ / "out";
    testing::WriteAll(file, out_.str());
    return file;
  }());
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_THAT(lines[0], MatchesRegex(R"(\[1/4\] padding=[a-z]+,schedule=[a-z]+ seed 1: )"
                                     R"(reached in 5\.2 s \(4,310 examples, 21\.3k tokens/s\))"));
  EXPECT_THAT(lines[3], HasSubstr("[4/4]"));
}

TEST_F(RunnerTest, TurnsEveryWayToEndIntoARecordWithAReason) {
  const std::vector<std::pair<std::string, std::string>> endings = {
      {"abort", "SIGABRT"},
      {"torn", "not JSON"},
      {"garbage", "not JSON"},
      {"liar", "without a time"},
      {"exit", "exited with 3"},
      {"kill", "SIGKILL"},
      {"nothing", "there is none"},
      {"lie:/run_id:\"ffffffffffff-s1\"", "it tells of run ffffffffffff-s1"},
      {"lie:/status:\"skipped\"", "can't skip"},
      {"lie:/status:\"splendid\"", "no status 'splendid'"},
      {"lie:/time_to_target_s:null", "without a time"},
      {"lie:/time_to_target_s:NaN", "not JSON"},
      {"lie:/time_to_target_s:1e999", "not JSON"},
      {"lie:/time_to_target_s:-5", "time_to_target_s can't be -5.0"},
      {"lie:/examples_to_target:null", "without examples"},
      {"lie:/examples_to_target:0", "without examples"},
      {"lie:/loss/train:null", "reached the target without a loss"},
      {"lie:/status:\"not_reached\"", "a time to a target not reached"},
      {"lie:/status:\"diverged\"", "a time to a target not reached"},
      {"lie:/time/train_s:1", "after the end of its training"},
      {"lie:/examples:10", "after more examples"},
      {"lie:/examples_to_target:1e300", "not a whole number"},
      {"lie:/examples_to_target:9223372036854775808", "not a whole number"},
      {"lie:/loss/train:1.81", "a loss above it"},
      {"lie:/throughput/padding_efficiency:1.5", "padding_efficiency can't be 1.5"},
      {"lie:/memory/host_peak_rss_bytes:-1", "host_peak_rss_bytes can't be -1"},
      {"lie:/quality/bleu:101", "bleu can't be 101.0"},
      {"lie:/seed:true", "not a whole number"},
  };
  for (const auto& [behaviour, reason] : endings) {
    Run("padding=static,schedule=constant " + behaviour);
    const Record& record = RecordOf("padding=static,schedule=constant");
    EXPECT_EQ(record.status, Status::kFailed) << behaviour;
    EXPECT_THAT(record.reason, HasSubstr(reason)) << behaviour;
    EXPECT_TRUE(fs::exists(store_.RunFolder(record.run_id) / "config.json")) << behaviour;
  }
  // The others were kept all the while.
  EXPECT_EQ(LinesOf(results_ / "records.jsonl").size(), 3 + endings.size());
}

TEST_F(RunnerTest, QuotesTheLogWithoutFolders) {
  Run("padding=static,schedule=constant exit");
  const std::string& reason = RecordOf("padding=static,schedule=constant").reason;
  EXPECT_THAT(reason, HasSubstr("opening corpus.ids / it"));
  EXPECT_EQ(reason.find("secret"), std::string::npos);
}

TEST_F(RunnerTest, TimesOutWhatHangsAndWhatIsSilent) {
  context_.options.timeout_s = 0.6;
  context_.options.silence_limit_s = 0.3;
  const RunTally tally =
      Run("padding=static,schedule=constant stubborn\npadding=static "
          "hang\npadding=dynamic,schedule=constant silent");
  EXPECT_EQ(tally.ended.at(Status::kTimedOut), 3);
  EXPECT_EQ(tally.failures(), 3);
  EXPECT_THAT(RecordOf("padding=static,schedule=constant").reason,
              HasSubstr("not finished within 0.6 s"));
  EXPECT_THAT(RecordOf("padding=static,schedule=onecycle").reason, HasSubstr("not finished"));
  EXPECT_THAT(RecordOf("padding=dynamic,schedule=constant").reason,
              HasSubstr("no sign of life for 0.3 s"));
}

TEST_F(RunnerTest, RunsInvalidRunsAtMostTwiceAgain) {
  const RunTally tally = Run("padding=static,schedule=constant invalid");
  EXPECT_EQ(tally.failures(), 1);
  EXPECT_EQ(Starts(), 3u + 3u);
  const Record& record = RecordOf("padding=static,schedule=constant");
  EXPECT_EQ(record.attempts, 3);
  EXPECT_EQ(record.reason, "so it was told");
  EXPECT_THAT(out_.str(), HasSubstr("invalid: so it was told; again"));
}

TEST_F(RunnerTest, RetriesFailuresOnlyWhenAskedTo) {
  Run("padding=static,schedule=constant abort");
  EXPECT_EQ(Starts(), 4u);
  context_.options.retry_failed = true;
  Run("padding=static,schedule=constant abort");
  EXPECT_EQ(Starts(), 3u);  // of the one run that isn't kept
}

TEST_F(RunnerTest, RetriesFaultsThatAreKnownToBeTransientAtMostTwice) {
  RunTally tally =
      Run("padding=static,schedule=constant port_taken\npadding=static port_taken_once");
  EXPECT_EQ(tally.failures(), 1);
  EXPECT_EQ(RecordOf("padding=static,schedule=constant").attempts, 3);
  EXPECT_EQ(RecordOf("padding=static,schedule=constant").status, Status::kFailed);
  EXPECT_EQ(RecordOf("padding=static,schedule=onecycle").attempts, 2);
  EXPECT_EQ(RecordOf("padding=static,schedule=onecycle").status, Status::kReached);
  EXPECT_EQ(Starts(), 3u + 2u + 2u);
}

TEST_F(RunnerTest, EndsWhatFloodsItsPipe) {
  context_.options.timeout_s = 0.5;
  context_.options.silence_limit_s = 60;
  Run("padding=static,schedule=constant flood");
  EXPECT_EQ(RecordOf("padding=static,schedule=constant").status, Status::kTimedOut);
}

// The driver is killed between a worker's end and the record of it.
TEST_F(RunnerTest, RecordsWhatAnEarlierDriverSawFinish) {
  worker_ = testing::FolderWithFakeWorker("padding finish_and_stay");
  context_.worker.executable = worker_ / "ablate-worker";
  const pid_t driver = fork();
  if (driver == 0) {
    RunAll(context_, plan_.runs);
    _exit(0);
  }
  const std::string run_id = plan_.runs[0].run_id;
  while (!fs::exists(store_.RunFolder(run_id) / "run.json")) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  kill(driver, SIGKILL);
  waitpid(driver, nullptr, 0);
  EXPECT_EQ(Run("").ended.at(Status::kReached), 4);
  EXPECT_EQ(Starts(), 3u);
  const Record& record = *store_.Find(run_id);
  EXPECT_EQ(record.time_to_target_s, 5.2);
  EXPECT_THAT(record.notes, ::testing::Contains(HasSubstr("recorded by a later call")));
  EXPECT_FALSE(fs::exists(store_.RunFolder(run_id) / "config.json"));
}

// Its worker hangs or crashes when its result is there already.
TEST_F(RunnerTest, KeepsAResultWhateverItsWorkerEndsLike) {
  context_.options.timeout_s = 0.6;
  const std::vector<std::pair<std::string, std::string>> endings = {
      {"finish_and_stay", "not finished within 0.6 s"},
      {"half_and_stay", "not finished within 0.6 s"},
      {"finish_and_kill", "the worker was ended by SIGKILL"},
      {"half_and_kill", "the worker was ended by SIGKILL"},
      {"finish_and_exit", "the worker exited with 3; its last words: cannot unload driver.so"}};
  for (const auto& [behaviour, how] : endings) {
    store_ = ResultStore::Open(fs::path(testing::TemporaryFolder()) / "small");
    const RunTally tally = Run("padding=static,schedule=constant " + behaviour);
    EXPECT_EQ(tally.ended.at(Status::kReached), 4) << behaviour;
    const Record& record = RecordOf("padding=static,schedule=constant");
    EXPECT_EQ(record.time_to_target_s, 5.2) << behaviour;
    EXPECT_THAT(record.notes, ::testing::Contains("after this result was there: " + how));
    EXPECT_EQ(Run("").kept, 4) << behaviour;
  }
}

// It is stopped while it translates: going on makes the whole of it.
TEST_F(RunnerTest, RepeatsAResultThatTheUserDidNotLetComplete) {
  const std::vector<std::pair<std::string, Status>> endings = {
      {"half_and_stay", Status::kInterrupted}, {"finish_and_stay", Status::kReached}};
  const fs::path run_json = store_.RunFolder(plan_.runs[0].run_id) / "run.json";
  for (const auto& [behaviour, status] : endings) {
    fs::remove(run_json);
    context_.stop_requested = [&] { return fs::exists(run_json); };
    Run("padding " + behaviour);
    EXPECT_EQ(store_.Find(plan_.runs[0].run_id)->status, status) << behaviour;
  }
}

TEST_F(RunnerTest, RepeatsWhatWasSeenToFinishElsewhereOrWasRecordedAlready) {
  Run("");
  const std::string run_id = RecordOf("padding=static,schedule=constant").run_id;
  const fs::path folder = store_.RunFolder(run_id);
  EXPECT_FALSE(OutcomeLeftBehind(folder)) << "config.json is gone";
  Record known = *store_.Find(run_id);
  Record left = known;
  left.started_at = "2020-01-01T00:00:00Z";
  const WorkerConfig config = {.identity = left,
                               .settings = plan_.cells[0].settings(),
                               .device = "cpu",
                               .encoded_corpus = {},
                               .run_dir = {},
                               .matrix_flops_per_s = {}};
  testing::WriteAll(folder / "config.json", ToJson(config).dump());
  EXPECT_TRUE(OutcomeLeftBehind(folder));
  known.status = Status::kInterrupted;
  store_.Append(known);
  context_.environment_hash = "ba9876543210";
  Run("");
  EXPECT_EQ(Starts(), 1u);
}

TEST_F(RunnerTest, RepeatsWhatAnEarlierDriverDidNotSeeComplete) {
  Run("");
  const Record known = *store_.Find(plan_.runs[0].run_id);
  const fs::path folder = store_.RunFolder(known.run_id);
  const WorkerConfig config = {.identity = known,
                               .settings = plan_.cells[0].settings(),
                               .device = "cpu",
                               .encoded_corpus = {},
                               .run_dir = {},
                               .matrix_flops_per_s = {}};
  testing::WriteAll(folder / "config.json", ToJson(config).dump());
  EXPECT_TRUE(OutcomeLeftBehind(folder));
  nlohmann::json run = nlohmann::json::parse(ReadAll(folder / "run.json"));
  run["complete"] = false;
  testing::WriteAll(folder / "run.json", run.dump());
  EXPECT_FALSE(OutcomeLeftBehind(folder));
}

TEST_F(RunnerTest, ResumeKeepsResultsAndRepeatsFailures) {
  Run("padding=static,schedule=constant abort\npadding=static not_reached");
  const RunTally tally = Run("");
  EXPECT_EQ(tally.kept, 3);
  EXPECT_EQ(Starts(), 1u);
  EXPECT_EQ(tally.ended.at(Status::kNotReached), 1);
  EXPECT_EQ(tally.ended.at(Status::kReached), 3);
  EXPECT_EQ(Run("").kept, 4);
}

TEST_F(RunnerTest, StopsAtTheFirstFailureWhenAskedTo) {
  context_.options.fail_fast = true;
  const RunTally tally = Run("padding abort");
  EXPECT_TRUE(tally.failed_fast);
  EXPECT_EQ(Starts(), 1u);
}

TEST_F(RunnerTest, RecordsTheInterruptedRunAndStopsThere) {
  int asked = 0;
  context_.stop_requested = [&] { return ++asked > 3; };
  const RunTally tally = Run("padding hang");
  EXPECT_TRUE(tally.interrupted);
  ASSERT_EQ(store_.records().size(), 1u);
  EXPECT_EQ(store_.records()[0].status, Status::kInterrupted);
  context_.stop_requested = [] { return false; };
  EXPECT_EQ(Run("").ended.at(Status::kReached), 4);
}

TEST_F(RunnerTest, RecordsSkippedRunsOnce) {
  const Suite suite = testing::SmallSuite(
      R"("seeds": [1], "exclude": [{"when": {"padding": "dynamic"}, "reason": "known"}])");
  const Plan plan = MakePlan(suite);
  context_.plan = &plan;
  const PlannedRun skipped = {plan.cells.size() - 1, 1, 0, 0, "x-s1"};
  ASSERT_FALSE(plan.cells.back().skip_reason.empty());
  RecordSkipped(context_, {skipped});
  RecordSkipped(context_, {skipped});
  ASSERT_EQ(LinesOf(results_ / "records.jsonl").size(), 1u);
  EXPECT_EQ(store_.records()[0].reason, "known");
  EXPECT_EQ(Pending(store_.records(), {skipped}).size(),
            1u);  // once it is no longer excluded, it is run
}

TEST_F(RunnerTest, TellsTheKernelsMercyFromACrash) {
  FakeProcesses killed({.signal = SIGKILL,
                        .out_of_memory = true,
                        .wall_s = 2,
                        .ranks = {{.signal = SIGKILL, .peak_rss_bytes = 7 << 20}}});
  context_.processes = &killed;
  context_.options.retry_failed = true;
  const RunTally tally = RunAll(context_, plan_.runs);
  EXPECT_EQ(tally.ended.at(Status::kOutOfMemory), 4);
  EXPECT_EQ(tally.failures(), 0);
  EXPECT_EQ(killed.requests.size(), 4u);  // never again, whatever is asked for
  EXPECT_EQ(store_.records()[0].attempts, 1);
  EXPECT_EQ(store_.records()[0].time.wall_s, 2);
  EXPECT_EQ(store_.records()[0].memory.host_peak_rss_bytes, 7 << 20);
  EXPECT_EQ(store_.records()[0].reason,
            "the kernel ended the worker for want of host memory, as its control group counts");
}

TEST_F(RunnerTest, SaysWhereOnlyTheWholeMachineCountsTheKernelsKills) {
  FakeProcesses killed(
      {.signal = SIGKILL, .out_of_memory = true, .counted_on_whole_machine = true});
  context_.processes = &killed;
  RunAll(context_, {plan_.runs[0]});
  EXPECT_THAT(store_.records()[0].reason, HasSubstr("as the count of the whole machine says"));
}

TEST_F(RunnerTest, GivesARunTwiceItsBudgetAndTenMinutes) {
  FakeProcesses none({.exit_code = 1});
  context_.processes = &none;
  RunAll(context_, plan_.runs);
  EXPECT_EQ(none.requests.at(0).wall_limit_s, 2 * 60 + 600);
}

TEST(OutcomeTest, TakesFoldersOffPathsAndLeavesTheRest) {
  EXPECT_EQ(WithoutFolders("/a/b/c.cc:12: bad"), "c.cc:12: bad");
  EXPECT_EQ(WithoutFolders("open('/x/y') of /z/ and 3/4 or a/b"), "open('y') of  and 3/4 or a/b");
  EXPECT_EQ(WithoutFolders("see https://pytorch.org/docs, x=/usr/lib/y.so"),
            "see https://pytorch.org/docs, x=y.so");
  EXPECT_EQ(WithoutFolders("/"), "/");
}

}  // namespace
}  // namespace ablate

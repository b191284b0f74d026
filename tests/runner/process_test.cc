#include "harness/run/process.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "model/error.h"
#include "tests/runner/small_suite.h"
#include "tests/support/process.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;
using Cause = ProcessEnd::Cause;

ProcessRequest Shell(const std::string& script, const fs::path& log) {
  return {.argv = {"sh", "-c", script}, .log = log, .grace_s = 0.3};
}

// A zombie, which waits for its parent, is gone.
bool Exists(pid_t process) {
  const std::string status = testing::ReadAll("/proc/" + std::to_string(process) + "/status");
  return !status.empty() && status.find("State:\tZ") == std::string::npos;
}

bool EndsSoon(pid_t process) {
  for (int i = 0; i < 100 && Exists(process); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return !Exists(process);
}

class ProcessTest : public ::testing::Test {
 protected:
  const fs::path log_ = fs::path(testing::TemporaryFolder()) / "log.txt";
  const std::unique_ptr<ProcessRunner> runner_ = MakeProcessRunner();
};

TEST_F(ProcessTest, RelaysLinesAndLogsBothStreams) {
  std::vector<std::string> lines;
  const ProcessEnd end = runner_->Run(
      Shell("echo out; echo err >&2; printf 'one\\ntwo\\n' >&$ABLATE_PROGRESS_FD; exit 7", log_),
      {.on_line = [&](std::string_view line) { lines.emplace_back(line); }, .keep_going = {}});
  EXPECT_EQ(end.cause, Cause::kOwn);
  EXPECT_EQ(end.exit_code, 7);
  EXPECT_EQ(lines, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(testing::ReadAll(log_), "out\nerr\n");
  EXPECT_GT(end.ranks.at(0).peak_rss_bytes, 100 << 10);
}

TEST_F(ProcessTest, TellsTheSignal) {
  const ProcessEnd end = runner_->Run(Shell("kill -SEGV $$", log_), {});
  EXPECT_EQ(SignalName(end.signal), "SIGSEGV");
  EXPECT_FALSE(end.out_of_memory);
}

TEST_F(ProcessTest, ThrowsWhereTheProgramIsMissing) {
  EXPECT_THROW(runner_->Run({.argv = {"/no/such/program"}, .log = log_}, {}), Error);
}

TEST_F(ProcessTest, EndsAWholeGroupThatIgnoresTheRequest) {
  ProcessRequest request = Shell("trap '' TERM; sleep 60 & echo $!; wait", log_);
  request.wall_limit_s = 0.3;
  const ProcessEnd end = runner_->Run(request, {});
  EXPECT_EQ(end.cause, Cause::kWallLimit);
  EXPECT_EQ(end.signal, SIGKILL);
  EXPECT_FALSE(end.out_of_memory);
  const pid_t grandchild = std::stoi(testing::LinesOf(log_).back());
  EXPECT_TRUE(EndsSoon(grandchild));
}

TEST_F(ProcessTest, EndsWhatFallsSilentAndNotWhatBeats) {
  ProcessRequest silent = Shell("sleep 60", log_);
  silent.silence_limit_s = 0.3;
  EXPECT_EQ(runner_->Run(silent, {}).cause, Cause::kSilence);
  ProcessRequest beating =
      Shell("for i in 1 2 3 4 5 6; do echo x >&$ABLATE_PROGRESS_FD; sleep 0.1; done", log_);
  beating.silence_limit_s = 0.5;
  EXPECT_EQ(runner_->Run(beating, {}).cause, Cause::kOwn);
}

TEST_F(ProcessTest, StopsWhenAskedTo) {
  int asked = 0;
  const ProcessEnd end = runner_->Run(Shell("sleep 60", log_),
                                      {.on_line = {}, .keep_going = [&] { return ++asked < 3; }});
  EXPECT_EQ(end.cause, Cause::kStopped);
  EXPECT_LT(end.wall_s, 5);
}

TEST_F(ProcessTest, LeavesNoChildBehindAKilledParent) {
  const pid_t parent = fork();
  if (parent == 0) {
    runner_->Run(Shell("echo $$; sleep 60", log_), {});
    _exit(0);
  }
  while (testing::LinesOf(log_).empty()) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const pid_t child = std::stoi(testing::LinesOf(log_).front());
  EXPECT_TRUE(Exists(child));
  kill(parent, SIGKILL);
  waitpid(parent, nullptr, 0);
  EXPECT_TRUE(EndsSoon(child));
}

TEST(CaptureTest, TakesBothStreamsAndTheExitCode) {
  const Captured captured =
      Capture({"sh", "-c", "printf no-break; echo $X >&2; exit 3"}, {{"X", "y"}});
  EXPECT_EQ(captured.exit_code, 3);
  EXPECT_EQ(captured.out, "no-break");
  EXPECT_EQ(captured.err, "y\n");
}

TEST(CaptureTest, GivesUpOnWhatIsMissingOrLate) {
  EXPECT_EQ(Capture({"/no/such/program"}).exit_code, 127);
  const Captured late = Capture({"sleep", "60"}, {}, 0.2);
  EXPECT_NE(late.exit_code, 0);
  EXPECT_NE(late.err.find("no answer"), std::string::npos);
}

}  // namespace
}  // namespace ablate

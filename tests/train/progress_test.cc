#include "harness/train/progress.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "model/error.h"

namespace ablate {
namespace {

using std::chrono::milliseconds;

// A pipe whose other end is read to its end once the writer has gone.
class Pipe {
 public:
  Pipe() { EXPECT_EQ(pipe(ends_.data()), 0); }
  ~Pipe() {
    CloseWriter();
    CloseReader();
  }
  int writer() const { return ends_[1]; }
  void CloseWriter() { Close(ends_[1]); }
  void CloseReader() { Close(ends_[0]); }

  std::vector<nlohmann::json> Lines() {
    CloseWriter();
    std::string text;
    std::array<char, 4096> buffer;
    for (ssize_t n; (n = read(ends_[0], buffer.data(), buffer.size())) > 0;) {
      text.append(buffer.data(), static_cast<size_t>(n));
    }
    std::vector<nlohmann::json> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
      lines.push_back(nlohmann::json::parse(line));
    }
    return lines;
  }

 private:
  static void Close(int& end) {
    if (end >= 0) close(end);
    end = -1;
  }
  std::array<int, 2> ends_ = {-1, -1};
};

// Whether or not the heartbeat's thread has begun by then.
TEST(ProgressTest, TellsOfSetupBeforeAnyOtherPhase) {
  for (int i = 0; i < 200; ++i) {
    Pipe pipe;
    { Progress(pipe.writer()).EnterPhase("warmup"); }
    const auto lines = pipe.Lines();
    ASSERT_GE(lines.size(), 2U);
    EXPECT_EQ(lines.front()["phase"], "setup");
  }
}

TEST(ProgressTest, BeatsWhileNothingElseHappens) {
  Pipe pipe;
  {
    Progress progress(pipe.writer(), milliseconds(10));
    std::this_thread::sleep_for(milliseconds(200));
  }
  const auto lines = pipe.Lines();
  EXPECT_GE(lines.size(), 3u);
  for (const auto& line : lines) EXPECT_EQ(line["event"], "heartbeat");
  EXPECT_EQ(lines.front()["phase"], "setup");
}

TEST(ProgressTest, ReportsWithNullForWhatIsAbsent) {
  Pipe pipe;
  {
    Progress progress(pipe.writer(), milliseconds(10000));
    progress.EnterPhase("train");
    progress.Report({.update = 3,
                     .examples = 96,
                     .train_s = 1.5,
                     .train_loss = std::nullopt,
                     .valid_loss = 2.5,
                     .target_tokens_per_s = 100,
                     .learning_rate = 0.001});
  }
  const std::vector<nlohmann::json> lines = pipe.Lines();
  const auto found = std::ranges::find(lines, "progress", [](const auto& l) { return l["event"]; });
  ASSERT_NE(found, lines.end());
  const nlohmann::json report = *found;
  EXPECT_EQ(report["phase"], "train");
  EXPECT_EQ(report["update"], 3);
  EXPECT_TRUE(report["train_loss"].is_null());
  EXPECT_EQ(report["valid_loss"], 2.5);
}

TEST(ProgressTest, OutlivesItsReader) {
  std::signal(SIGPIPE, SIG_IGN);
  Pipe pipe;
  pipe.CloseReader();
  Progress progress(pipe.writer(), milliseconds(1));
  progress.EnterPhase("train");
  progress.Report({});
}

TEST(ProgressTest, IsSilentWithoutADescriptor) {
  unsetenv("ABLATE_PROGRESS_FD");
  EXPECT_EQ(Progress::DescriptorOfEnvironment(), -1);
  Progress(-1).Report({});
}

TEST(ProgressTest, RefusesADescriptorThatIsNoNumber) {
  setenv("ABLATE_PROGRESS_FD", "3x", 1);
  EXPECT_THROW(Progress::DescriptorOfEnvironment(), Error);
  unsetenv("ABLATE_PROGRESS_FD");
}

}  // namespace
}  // namespace ablate

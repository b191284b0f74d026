#include "harness/run/process.h"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

#include "harness/run/child.h"
#include "harness/run/out_of_memory.h"
#include "harness/run/rank_group.h"
#include "model/error.h"

namespace ablate {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kTickMs = 100;
constexpr size_t kLongestLine = 1 << 16;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Cuts what arrives on the pipe into lines. A line without end is cut off, not collected.
class LineReader {
 public:
  LineReader(FileDescriptor fd, const std::function<void(std::string_view)>& on_line)
      : pipe_(std::move(fd)), on_line_(on_line) {}

  // Waits for at most `timeout_ms`, or until a rank ends; true where a line came.
  bool Read(int timeout_ms, RankGroup& ranks) {
    bool any = false;
    ranks.Wait(pipe_, timeout_ms, [&](std::string_view bytes) {
      for (const char c : bytes) any = Take(c) || any;
    });
    return any;
  }

 private:
  bool Take(char c) {
    if (c != '\n') {
      if (line_.size() < kLongestLine) line_ += c;
      return false;
    }
    if (on_line_) on_line_(line_);
    line_.clear();
    return true;
  }

  PipeReader pipe_;
  const std::function<void(std::string_view)>& on_line_;
  std::string line_;
};

class PosixProcessRunner : public ProcessRunner {
 public:
  explicit PosixProcessRunner(std::filesystem::path proc) : proc_(std::move(proc)) {}

  ProcessEnd Run(const ProcessRequest& request, const ProcessWatcher& watcher) override {
    Pipe progress = MakePipe();
    const OutOfMemoryKills kills(proc_);
    const int64_t kills_before = kills.Count();
    const Clock::time_point start = Clock::now();
    RankGroup ranks(request, progress.write.get());
    progress.write.Close();
    LineReader lines(std::move(progress.read), watcher.on_line);
    ProcessEnd end;
    end.cause = Watch(ranks, lines, request, watcher, start);
    lines.Read(0, ranks);
    end.ranks = ranks.Reap();
    end.wall_s = SecondsSince(start);
    end.exit_code = end.ranks[0].exit_code;
    end.signal = end.ranks[0].signal;
    end.out_of_memory = end.cause == ProcessEnd::Cause::kOwn && AnyKilled(end.ranks) &&
                        kills.Count() > kills_before;
    end.counted_on_whole_machine = end.out_of_memory && kills.of_whole_machine();
    return end;
  }

 private:
  static bool AnyKilled(const std::vector<RankEnd>& ranks) {
    return std::any_of(ranks.begin(), ranks.end(), [](const RankEnd& rank) {
      return rank.signal == SIGKILL && rank.of_itself;
    });
  }

  static ProcessEnd::Cause Watch(RankGroup& ranks, LineReader& lines, const ProcessRequest& request,
                                 const ProcessWatcher& watcher, Clock::time_point start) {
    using Cause = ProcessEnd::Cause;
    Clock::time_point last_line = start;
    while (!ranks.HasEnded()) {
      if (lines.Read(kTickMs, ranks)) last_line = Clock::now();
      Cause cause = Cause::kOwn;
      if (watcher.keep_going && !watcher.keep_going()) {
        cause = Cause::kStopped;
      } else if (ranks.SecondsAlone() >= 0) {
        if (ranks.SecondsAlone() > request.grace_s) ranks.End();
      } else if (request.wall_limit_s > 0 && SecondsSince(start) > request.wall_limit_s) {
        cause = Cause::kWallLimit;
      } else if (request.silence_limit_s > 0 && SecondsSince(last_line) > request.silence_limit_s) {
        cause = Cause::kSilence;
      }
      if (cause == Cause::kOwn || ranks.HasEnded()) continue;
      AskThenEnd(ranks, lines, request.grace_s);
      return cause;
    }
    return Cause::kOwn;
  }

  static void AskThenEnd(RankGroup& ranks, LineReader& lines, double grace_s) {
    ranks.AskToEnd();
    const Clock::time_point asked = Clock::now();
    while (!ranks.HasEnded() && SecondsSince(asked) < grace_s) lines.Read(kTickMs, ranks);
    ranks.End();
  }

  const std::filesystem::path proc_;
};

}  // namespace

std::unique_ptr<ProcessRunner> MakeProcessRunner(const std::filesystem::path& proc) {
  return std::make_unique<PosixProcessRunner>(proc);
}

std::string SignalName(int signal) {
  const char* name = sigabbrev_np(signal);
  return name != nullptr ? "SIG" + std::string(name) : "signal " + std::to_string(signal);
}

Captured Capture(const std::vector<std::string>& argv,
                 const std::map<std::string, std::string>& environment, double limit_s) try {
  Captured captured;
  Pipe out = MakePipe();
  Pipe err = MakePipe();
  Child child(argv, environment, {out.write.get(), err.write.get(), -1});
  out.write.Close();
  err.write.Close();
  PipeReader out_pipe(std::move(out.read));
  PipeReader err_pipe(std::move(err.read));
  const auto read = [&](int timeout_ms) {
    out_pipe.Read(timeout_ms, [&](std::string_view bytes) { captured.out += bytes; });
    err_pipe.Read(0, [&](std::string_view bytes) { captured.err += bytes; });
  };
  const Clock::time_point start = Clock::now();
  while (!child.Status() && SecondsSince(start) < limit_s) read(5);
  const bool late = !child.Status();
  read(0);
  const int status = child.Reap();
  captured.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (late)
    captured.err += "no answer within " + std::to_string(static_cast<int>(limit_s)) + " s\n";
  return captured;
} catch (const Error& error) {
  return {127, "", error.what()};
}

}  // namespace ablate

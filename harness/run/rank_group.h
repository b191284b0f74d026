// The processes that train one run together, in one process group.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "harness/run/child.h"
#include "harness/run/process.h"

namespace ablate {

class RankGroup {
 public:
  // Starts request.processes of them, with torchrun's variables where there are several and none
  // of them where there is one. Rank 0 alone knows the progress pipe. The log of rank r > 0 is
  // RankLog(request.log, r). Throws Error where one can't be started; none is left then.
  RankGroup(const ProcessRequest& request, int progress_fd);

  // Reads `pipe` as PipeReader does, for no longer than until one more rank has ended, and takes
  // note of those that have.
  void Wait(PipeReader& pipe, int timeout_ms,
            const std::function<void(std::string_view bytes)>& on_bytes);

  bool HasEnded() const { return running_ == 0; }
  bool LeaderHasEnded() const { return !ends_[0].running; }
  // Seconds since the rest has had no reason to go on: one has ended badly, or rank 0 has ended.
  // Negative before.
  double SecondsAlone() const;

  void AskToEnd();  // SIGTERM to all
  void End();       // SIGKILL to all
  // Ends what is left, waits for it, and says how each ended, by rank.
  std::vector<RankEnd> Reap();

 private:
  using Clock = std::chrono::steady_clock;
  struct Ending {
    bool running = true;
    RankEnd end;
  };
  void TakeNote();

  std::vector<std::unique_ptr<Child>> ranks_;
  std::vector<Ending> ends_;
  size_t running_ = 0;
  bool ended_by_us_ = false;
  bool alone_ = false;
  Clock::time_point alone_since_;
};

}  // namespace ablate

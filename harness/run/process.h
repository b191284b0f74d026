// Child processes: one run at a time, in a process group of its own, watched until it ends.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ablate {

struct ProcessRequest {
  std::vector<std::string> argv = {};  // argv[0] is looked up in PATH
  // Added to ours; an empty value takes a variable away.
  std::map<std::string, std::string> environment = {};
  std::filesystem::path log = {};  // takes stdout and stderr
  // Ranks of argv that are started together, as torchrun would: with RANK, WORLD_SIZE, LOCAL_RANK,
  // MASTER_ADDR and MASTER_PORT. When one of them ends badly, or rank 0 well, the others have
  // grace_s to end by themselves, and then are ended.
  int64_t processes = 1;
  double wall_limit_s = 0;  // ended after so long; 0: no limit
  double silence_limit_s =
      0;  // ended after so long without a line on the progress pipe; 0: no limit
  double grace_s =
      10;  // between the request to end (SIGTERM) and the end (SIGKILL to the whole group)
};

// How one of several ranks ended.
struct RankEnd {
  int exit_code = 0;      // where signal is 0
  int signal = 0;         // that ended it
  bool of_itself = true;  // false: after we had begun to end the group
  std::chrono::system_clock::time_point at = {};
  int64_t peak_rss_bytes = 0;  // the most memory that it ever held at once
};

struct ProcessEnd {
  enum class Cause { kOwn, kWallLimit, kSilence, kStopped };
  Cause cause = Cause::kOwn;              // why it ended: of itself, or which limit ended it
  int exit_code = 0;                      // where signal is 0; of rank 0
  int signal = 0;                         // that ended it; of rank 0
  bool out_of_memory = false;             // one was ended by the kernel for want of host memory
  bool counted_on_whole_machine = false;  // out_of_memory: since no control group tells
  double wall_s = 0;
  std::vector<RankEnd> ranks = {};  // by rank
};

// Where rank 0 logs to `log`, rank r does to this: "log-1.txt" beside "log.txt".
std::filesystem::path RankLog(const std::filesystem::path& log, int64_t rank);

// What a caller hears while a process runs.
struct ProcessWatcher {
  std::function<void(std::string_view line)>
      on_line;                       // a line of the progress pipe, without its break
  std::function<bool()> keep_going;  // asked ten times a second; false ends the process
};

// The edge to the operating system, so that tests can put a fake in its place.
class ProcessRunner {
 public:
  virtual ~ProcessRunner() = default;

  // Starts the process, or the ranks, and returns when all have ended. Rank 0 finds the number of
  // its progress pipe in the environment variable ABLATE_PROGRESS_FD. None has a stdin, and none
  // outlives the caller. Throws Error where it can't be started.
  virtual ProcessEnd Run(const ProcessRequest& request, const ProcessWatcher& watcher) = 0;
};

// `proc`: where the kernel tells of memory that ran out (out_of_memory.h).
std::unique_ptr<ProcessRunner> MakeProcessRunner(const std::filesystem::path& proc = "/proc");

// "SIGSEGV" and the like.
std::string SignalName(int signal);

// What `argv` prints, within `limit_s`. `err` holds stderr's end. exit_code is 127 where it can't
// be started.
struct Captured {
  int exit_code = 0;
  std::string out;
  std::string err;
};
Captured Capture(const std::vector<std::string>& argv,
                 const std::map<std::string, std::string>& environment = {}, double limit_s = 60);

}  // namespace ablate

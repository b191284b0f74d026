// Child processes: one at a time, in a process group of its own, watched until it ends.
#pragma once

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
  std::vector<std::string> argv = {};                   // argv[0] is looked up in PATH
  std::map<std::string, std::string> environment = {};  // added to ours
  std::filesystem::path log = {};                       // takes stdout and stderr
  double wall_limit_s = 0;                              // ended after so long; 0: no limit
  double silence_limit_s =
      0;  // ended after so long without a line on the progress pipe; 0: no limit
  double grace_s =
      10;  // between the request to end (SIGTERM) and the end (SIGKILL to the whole group)
};

struct ProcessEnd {
  enum class Cause { kOwn, kWallLimit, kSilence, kStopped };
  Cause cause = Cause::kOwn;   // why it ended: of itself, or which limit ended it
  int exit_code = 0;           // where signal is 0
  int signal = 0;              // that ended it
  bool out_of_memory = false;  // ended by the kernel for want of host memory
  double wall_s = 0;
};

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

  // Starts the process and returns when it has ended. It finds the number of its progress pipe in
  // the environment variable ABLATE_PROGRESS_FD, has no stdin, and never outlives the caller.
  // Throws Error where it can't be started.
  virtual ProcessEnd Run(const ProcessRequest& request, const ProcessWatcher& watcher) = 0;
};

std::unique_ptr<ProcessRunner> MakeProcessRunner();

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

// Ctrl-C and its like: the first asks the suite to end in order, the second ends the program at
// once.
#pragma once

namespace ablate {

// While one of these lives, SIGINT, SIGTERM and SIGHUP are taken so; a signal that was ignored when
// the program started (nohup) stays ignored. SIGPIPE is ignored: a closed terminal doesn't end a
// suite. So is SIGXFSZ: a file beyond the limit is an error like a full disk. One at a time.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  static bool Requested();
};

}  // namespace ablate

// Wall clocks of a run's phases. No Torch.
#pragma once

#include <chrono>

namespace ablate {

// Seconds on the host's steady clock.
inline double HostSeconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Runs between Start and Stop, and adds up.
class Stopwatch {
 public:
  void Start() { started_ = HostSeconds(); }
  void Stop() { seconds_ += HostSeconds() - started_; }
  double seconds() const { return seconds_; }

  // Runs for the length of a scope.
  class Scope {
   public:
    explicit Scope(Stopwatch& watch) : watch_(watch) { watch_.Start(); }
    ~Scope() { watch_.Stop(); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Stopwatch& watch_;
  };

 private:
  double started_ = 0;
  double seconds_ = 0;
};

}  // namespace ablate

// What the operating system knows of this process and of its host. No Torch.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ablate {

// Peak resident memory of this process (VmHWM); nothing where /proc does not tell.
std::optional<int64_t> HostPeakRssBytes();
// Gives freed memory back to the system and starts the peak anew. False where the system does not
// let us: the peak is then that of the whole process.
bool ResetHostPeakRss();

// What the processors did in a stretch of time, in processor seconds.
struct HostUsage {
  double total = 0, idle = 0, steal = 0;
  double own = 0;  // of this process

  // A sentence each for other processes' share of the processors and for time stolen by the
  // hypervisor, where they are over 5%.
  std::vector<std::string> Notes() const;
};

class HostLoad {
 public:
  HostLoad();
  // Since construction; zeros where the system does not tell.
  HostUsage Since() const;

 private:
  static std::optional<HostUsage> Now();
  std::optional<HostUsage> start_;
};

}  // namespace ablate

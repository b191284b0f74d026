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

// What else the processors did between construction and Notes().
class HostLoad {
 public:
  HostLoad();
  // A sentence each for other processes' share of the processors and for time stolen by the
  // hypervisor, where they are over 5%.
  std::vector<std::string> Notes() const;

 private:
  struct Sample {
    double total = 0, idle = 0, steal = 0, own = 0;  // processor seconds
  };
  static std::optional<Sample> Now();
  std::optional<Sample> start_;
};

}  // namespace ablate

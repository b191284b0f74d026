// How fast the processors' clocks run, as the operating system tells. No Torch.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/train/sampler.h"

namespace ablate {

// The edge to the operating system, so that tests can put a fake in its place. What it does not
// tell is absent.
class CpuClock {
 public:
  virtual ~CpuClock() = default;
  // Now, of the fastest processor that this process may use: one that works, while others idle.
  virtual std::optional<double> FastestMhz() const = 0;
  // That the processor is sold for: what it keeps up under any load while it is cooled and fed.
  virtual std::optional<double> BaseMhz() const = 0;
};

// Reads `root`/sys/devices/system/cpu, else `root`/proc/cpuinfo.
std::unique_ptr<CpuClock> SystemCpuClock(const std::filesystem::path& root = "/");

// Watches the clock while a run trains.
class CpuClockMonitor {
 public:
  explicit CpuClockMonitor(std::unique_ptr<CpuClock> clock = SystemCpuClock());

  void Start(std::chrono::milliseconds interval = kSamplingInterval);
  // A sentence each for a clock that varied by more than 10% and for one that was more than 5%
  // below its base in the mean. A virtual machine that tells one constant number gives none.
  std::vector<std::string> Stop();

 private:
  std::unique_ptr<CpuClock> clock_;
  SampleSummary mhz_;
  Sampler sampler_;
};

}  // namespace ablate

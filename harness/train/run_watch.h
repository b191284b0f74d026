// What surrounds a run while it trains: its GPU, the processors' clock, the load of the host. No
// Torch.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/train/cpu_clock.h"
#include "harness/train/gpu_monitor.h"
#include "harness/train/host.h"

namespace ablate {

struct Surroundings {
  GpuObservations gpu;
  HostUsage host;
  std::vector<std::string> notes;  // on the processors' clock
};

class RunWatch {
 public:
  // Construct it before this process makes a CUDA context (gpu_monitor.h). `gpu`: nullptr on a CPU.
  explicit RunWatch(std::unique_ptr<NvmlDevice> gpu);

  // Beside a GPU the processors may idle, and change their clock as they like: it is watched where
  // they train.
  void Start(bool on_processors);
  // Once; also of a run that failed before Start. Says on stderr what it saw of the GPU: the record
  // of several ranks has but what the first one saw.
  Surroundings Stop();

 private:
  GpuMonitor gpu_;
  CpuClockMonitor cpu_clock_;
  HostLoad host_load_;
};

}  // namespace ablate

// Watches a GPU while a run trains: what it used, and whether it was a fair measurement. No Torch.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/train/nvml.h"
#include "harness/train/sampler.h"

namespace ablate {

struct GpuObservations {
  std::optional<double> energy_j;
  std::optional<int64_t> process_bytes;  // peak device memory of this process
  SampleSummary sm_clock_mhz, memory_clock_mhz, power_w;
  std::vector<std::string> invalid_because;  // a sentence each
  std::vector<std::string> notes;
};

// Samples from a thread of its own between Start and Stop. Without a device it observes nothing.
class GpuMonitor {
 public:
  // Construct it before this process makes a CUDA context: in a container NVML knows our process by
  // another number, and it is then taken to be the one that has joined since. Where none has, or
  // several have, others cannot be told from it: a note then stands in place of a verdict.
  explicit GpuMonitor(std::unique_ptr<NvmlDevice> device);

  void Start(std::chrono::milliseconds interval = kSamplingInterval);
  // Observes nothing without Start.
  GpuObservations Stop();

 private:
  std::optional<int64_t> FindOwnPid() const;
  void Sample();
  void SampleProcesses();
  void Judge();

  std::unique_ptr<NvmlDevice> device_;
  bool started_ = false;
  std::set<int64_t> pids_before_;
  std::optional<int64_t> own_pid_;
  std::optional<double> energy_at_start_;
  std::optional<int64_t> ecc_at_start_;

  // Written by the sampler's thread.
  ClockLimits seen_;
  std::set<int64_t> foreign_;
  GpuObservations observed_;
  Sampler sampler_;
};

}  // namespace ablate

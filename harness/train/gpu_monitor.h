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
  std::vector<std::string> invalid_because;  // its times are no fair measurement; a sentence each
  // Nor is what came out: of invalid_because, an error of the GPU's memory or another process that
  // used it can end a run otherwise than by itself. Clocks that were held back cannot.
  bool outcome_is_suspect = false;
  std::vector<std::string> notes;
};

// Samples from a thread of its own between Start and Stop. Without a device it observes nothing.
class GpuMonitor {
 public:
  // Construct it before this process makes a CUDA context: in a container NVML knows our process by
  // another number, and it is then taken to be the one that has joined since. Where none has, or
  // several have, others cannot be told from it: a note then stands in place of a verdict. So it
  // does for each look at which NVML told nothing, or did not list us.
  explicit GpuMonitor(std::unique_ptr<NvmlDevice> device);

  void Start(std::chrono::milliseconds interval = kSamplingInterval);
  // Once a monitor. Without Start, of a run that failed before it trained, it takes one look: at
  // who has used the GPU and at errors since construction.
  GpuObservations Stop();

 private:
  std::optional<int64_t> FindOwnPid() const;
  void Sample();
  void SampleProcesses();
  void LookBack();
  void Judge();
  void NoteWhatWasNotSeen();

  std::unique_ptr<NvmlDevice> device_;
  bool started_ = false;
  std::optional<std::set<int64_t>> pids_before_;
  std::optional<int64_t> own_pid_;
  std::optional<double> energy_at_start_;
  std::optional<int64_t> ecc_before_;

  // Written by the sampler's thread.
  ClockLimits seen_;
  bool clocks_unseen_ = false;
  int64_t looks_ = 0, blind_looks_ = 0;  // at processes
  std::set<int64_t> foreign_;
  GpuObservations observed_;
  Sampler sampler_;
};

}  // namespace ablate

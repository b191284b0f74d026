// Watches a GPU while a run trains: what it used, and whether it was a fair measurement. No Torch.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "harness/train/nvml.h"

namespace ablate {

struct GpuObservations {
  std::optional<double> energy_j;
  std::optional<int64_t> process_bytes;      // peak device memory of this process
  std::vector<std::string> invalid_because;  // a sentence each
  std::vector<std::string> notes;
};

// Samples from a thread of its own between Start and Stop. Without a device it observes nothing.
class GpuMonitor {
 public:
  // Construct it before this process makes a CUDA context: in a container NVML knows our process by
  // another number, and it is then taken to be the one that has joined since.
  explicit GpuMonitor(std::unique_ptr<NvmlDevice> device);
  ~GpuMonitor();
  GpuMonitor(const GpuMonitor&) = delete;
  GpuMonitor& operator=(const GpuMonitor&) = delete;

  void Start(std::chrono::milliseconds interval = std::chrono::milliseconds(500));
  GpuObservations Stop();

 private:
  int64_t FindOwnPid() const;
  void Watch(std::chrono::milliseconds interval);
  void Sample();

  std::unique_ptr<NvmlDevice> device_;
  std::set<int64_t> pids_before_;
  int64_t own_pid_ = 0;
  std::optional<double> energy_at_start_;
  std::optional<int64_t> ecc_at_start_;

  std::mutex mutex_;  // guards all below
  std::condition_variable ended_;
  bool ending_ = false;
  ClockLimits seen_;
  std::set<int64_t> foreign_;
  std::optional<int64_t> process_bytes_;
  std::thread thread_;
};

}  // namespace ablate

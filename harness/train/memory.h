// What a run's training takes of memory.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <optional>

namespace ablate {

struct MemoryPeaks {
  // On a GPU by LibTorch's caching allocator. On a CPU `allocated` is what LibTorch's tensors take,
  // and nothing is reserved.
  int64_t device_allocated_bytes = 0;
  std::optional<int64_t> device_reserved_bytes;
  std::optional<int64_t> host_rss_bytes;
};

// Needs InstallCountingAllocator on a CPU.
class MemoryMeter {
 public:
  explicit MemoryMeter(c10::Device device) : device_(device) {}

  // Forgets what was, gives freed host memory back to the system, and starts the peaks at what is
  // in use now.
  void Reset();
  // What comes between is not counted, but for the host's resident memory.
  void Pause();
  void Resume();

  // The peaks up to now, or where it pauses, up to the pause.
  MemoryPeaks peaks() const;

 private:
  MemoryPeaks Measure() const;

  c10::Device device_;
  bool paused_ = false;
  MemoryPeaks before_;  // before the last Resume
};

}  // namespace ablate

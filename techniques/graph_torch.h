// What graph does: work on a device that is the same each time, but for what its memory holds.
#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <memory>

namespace ablate {

class RepeatedWork {
 public:
  virtual ~RepeatedWork() = default;
  // On the device's current stream. The host does not wait.
  virtual void Run() = 0;
};

// Calls `work` each time.
std::unique_ptr<RepeatedWork> MakeCalledWork(std::function<void()> work);

// Calls `work` twice, aside, so that kernels are loaded and memory is there; then captures it as a
// CUDA graph and replays that from then on. What `work` reads and writes stays where it is; it asks
// the device for nothing, and draws random numbers from the device's default generator alone.
// Throws Error where the library that holds what needs CUDA cannot be opened.
std::unique_ptr<RepeatedWork> MakeCapturedWork(std::function<void()> work, at::Device device);

}  // namespace ablate

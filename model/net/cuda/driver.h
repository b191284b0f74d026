// CUDA's driver, opened when it is first needed.
#pragma once

#include <cstdint>
#include <string>

namespace ablate::cuda {

struct GridSize {
  unsigned int x = 1, y = 1;
};

// A device of this process, and its primary context, which LibTorch uses too. Throws Error where
// the driver refuses.
class DriverDevice {
 public:
  explicit DriverDevice(int number);

  int capability() const { return capability_; }  // 90 for sm_90

  // A kernel of a compiled image, which stays loaded.
  void* Load(const std::string& image, const std::string& name);

  // In the order of `stream`; the host does not wait. `arguments` is the kernel's only parameter,
  // and is copied.
  void Launch(void* kernel, GridSize blocks, unsigned int threads, void* stream,
              const void* arguments);

 private:
  void* context_ = nullptr;
  int capability_ = 0;
};

}  // namespace ablate::cuda

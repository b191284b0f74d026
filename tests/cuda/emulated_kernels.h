// All kernels of model/net/cuda, in all the types that they are made for, run by the emulator.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "model/net/cuda/launch.h"
#include "tests/cuda/emulator.h"

namespace ablate::cuda {

struct EmulatedKernel {
  std::string source, name;                   // as in KernelCall
  std::function<void(const void* rows)> run;  // in one thread
};

const std::vector<EmulatedKernel>& EmulatedKernels();

// Counts what it launches.
class EmulatedLauncher final : public Launcher {
 public:
  explicit EmulatedLauncher(emulation::Order order) : order_(order) {}

  void Launch(const KernelCall& call, at::Device device) override;

  int64_t launches() const { return launches_; }

 private:
  emulation::Order order_;
  int64_t launches_ = 0;
};

}  // namespace ablate::cuda

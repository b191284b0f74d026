#include "harness/train/device.h"

#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>
#include <cstdlib>

#include "harness/train/cuda_library.h"
#include "model/error.h"

namespace ablate {

at::Device OpenDevice(const std::string& name, int64_t number) {
  if (name == "cpu") return at::kCPU;
  if (name != "cuda") throw Error("device '" + name + "' is unknown; cpu and cuda are known");
  std::string why;
  if (!LoadTorchCuda(why)) {
    throw Error("device cuda was asked for, but LibTorch's CUDA half cannot be loaded (" + why +
                "); use a torch with CUDA, or \"device\": \"cpu\"");
  }
  if (!at::hasCUDA()) {
    throw Error(
        "device cuda was asked for, but CUDA finds no GPU; see nvidia-smi, or use \"device\": "
        "\"cpu\"");
  }
  const at::Device device(at::kCUDA, static_cast<at::DeviceIndex>(number));
  const c10::impl::VirtualGuardImpl cuda(device.type());
  if (const int64_t count = cuda.deviceCount(); number >= count) {
    throw Error("process " + std::to_string(number) + " of this machine has no GPU: there are " +
                std::to_string(count) + "; start no more processes than GPUs");
  }
  cuda.setDevice(device);
  return device;
}

void Synchronise(at::Device device) {
  if (device.is_cpu()) return;
  c10::impl::VirtualGuardImpl(device.type()).synchronizeDevice(device.index());
}

void ConfigureProcess(int64_t threads, bool deterministic, int64_t processes) {
  const int64_t all = threads > 0 ? threads : at::get_num_threads();
  at::set_num_threads(static_cast<int>(std::max<int64_t>(1, all / processes)));
  at::set_num_interop_threads(1);
  at::globalContext().setFlushDenormal(true);
  at::globalContext().setBenchmarkCuDNN(false);
  if (!deterministic) return;
  // cuBLAS reads it when it is initialised, which has not happened yet.
  setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 1);
  at::globalContext().setDeterministicCuDNN(true);
  at::globalContext().setDeterministicAlgorithms(true, false);
}

void SeedGenerators(uint64_t seed) { at::manual_seed(seed); }

}  // namespace ablate

// CUDA without linking it: its libraries are opened when a run asks for a CUDA device. No Torch
// headers.
#pragma once

#include <cstdint>
#include <string>

namespace ablate {

// Opens LibTorch's CUDA half, whose kernels then register themselves. Call it before anything else
// of LibTorch: LibTorch looks once whether CUDA is there. False where it cannot be opened; `why`
// then says why.
bool LoadTorchCuda(std::string& why);

// "GPU-…" of CUDA's device of that number, without making a context; empty where there is none.
std::string CudaDeviceUuid(int64_t number = 0);

// Versions of the CUDA runtime and of NCCL, as "13.0" and "2.28.9"; empty where the libraries are
// not loaded.
std::string CudaRuntimeVersion();
std::string NcclVersion();

// The capture range of `nsys profile --capture-range=cudaProfilerApi`, for the length of a scope.
// Does nothing where CUDA is not loaded.
class ProfilerCapture {
 public:
  explicit ProfilerCapture(bool enabled);
  ~ProfilerCapture();
  ProfilerCapture(const ProfilerCapture&) = delete;
  ProfilerCapture& operator=(const ProfilerCapture&) = delete;

 private:
  bool enabled_;
};

}  // namespace ablate

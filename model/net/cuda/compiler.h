// The kernels' compiler, NVRTC, which comes with LibTorch's CUDA half and needs no device.
#pragma once

#include <string>
#include <vector>

namespace ablate::cuda {

struct CompiledKernels {
  std::string image;               // what cuModuleLoadData takes
  std::vector<std::string> names;  // what cuModuleGetFunction takes, one for each kernel asked for
};

// `source` is a name of sources.h; `kernels` are instances of its templates, as C++ names them:
// "ablate::cuda::Scale<float>". `capability` is the device's, 90 for sm_90; for one that NVRTC does
// not know yet it makes PTX of the newest that it does, which the driver translates. Throws Error
// where there is no NVRTC, or with the compiler's log.
CompiledKernels Compile(const std::string& source, const std::vector<std::string>& kernels,
                        int capability);

}  // namespace ablate::cuda

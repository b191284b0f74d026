// What LibTorch holds in host memory: a counting allocator around LibTorch's own.
#pragma once

#include <cstdint>

namespace ablate {

// From here on LibTorch's CPU tensors are counted. Once a process, before the first tensor; again
// has no effect. Running out of memory then throws c10::OutOfMemoryError, as it does on a GPU.
void InstallCountingAllocator();

int64_t LiveCpuBytes();
int64_t PeakCpuBytes();
// The peak starts anew at what is live.
void ResetPeakCpuBytes();

}  // namespace ablate

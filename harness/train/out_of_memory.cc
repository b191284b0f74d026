#include "harness/train/out_of_memory.h"

#include <algorithm>
#include <array>

namespace ablate {
namespace {

constexpr std::array<std::string_view, 5> kWords = {
    "out of memory",         // CUDA, NCCL, the caching allocators
    "ALLOC_FAILED",          // cuBLAS, cuFFT, cuSOLVER, cuDNN 8
    "ALLOCATION_FAILED",     // cuDNN 9
    "an't allocate memory",  // LibTorch's DefaultCPUAllocator
    "not allocate memory",   // ENOMEM ("Cannot allocate memory"), LibTorch's sizes
};

}  // namespace

bool SaysOutOfMemory(std::string_view message) {
  return std::ranges::any_of(
      kWords, [&](std::string_view words) { return message.find(words) != message.npos; });
}

}  // namespace ablate

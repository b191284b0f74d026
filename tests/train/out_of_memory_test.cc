#include "harness/train/out_of_memory.h"

#include <gtest/gtest.h>

namespace ablate {
namespace {

TEST(OutOfMemoryTest, KnowsTheWordsOfEachLibrary) {
  for (const char* message :
       {"CUDA error: out of memory", "CUDA out of memory. Tried to allocate 64.00 GiB",
        "[enforce fail at alloc_cpu.cpp:124] err == 0. DefaultCPUAllocator: can't allocate memory: "
        "you tried to allocate 1125899906842624 bytes. Error code 12 (Cannot allocate memory)",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED",
        "NCCL error: unhandled cuda error. Last error: Cuda failure 2 'out of memory'",
        "Could not allocate memory for Tensor SizesAndStrides!", "mmap: Cannot allocate memory"}) {
    EXPECT_TRUE(SaysOutOfMemory(message)) << message;
  }
}

TEST(OutOfMemoryTest, TakesOtherFailuresForWhatTheyAre) {
  for (const char* message :
       {"", "CUDA error: an illegal memory access was encountered",
        "memory format is not supported", "CUDA error: CUBLAS_STATUS_EXECUTION_FAILED",
        "Connection closed by peer"}) {
    EXPECT_FALSE(SaysOutOfMemory(message)) << message;
  }
}

}  // namespace
}  // namespace ablate

#include "harness/train/counting_allocator.h"

#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>
#include <c10/util/Exception.h>
#include <malloc.h>

#include <atomic>
#include <climits>
#include <limits>

namespace ablate {
namespace {

std::atomic<int64_t> live = 0;
std::atomic<int64_t> peak = 0;

// Its size stands before each block, in as many bytes as keep the block's alignment.
constexpr size_t kHeader = 64;

void Count(int64_t bytes) {
  const int64_t now = live.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  int64_t seen = peak.load(std::memory_order_relaxed);
  while (now > seen && !peak.compare_exchange_weak(seen, now, std::memory_order_relaxed)) {
  }
}

void Free(void* block) {
  if (block == nullptr) return;
  char* start = static_cast<char*>(block) - kHeader;
  Count(-*reinterpret_cast<int64_t*>(start));
  c10::free_cpu(start);
}

class CountingAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) override {
    if (bytes == 0) return {nullptr, nullptr, &Free, at::kCPU};
    char* start = Take(bytes);
    *reinterpret_cast<int64_t*>(start) = static_cast<int64_t>(bytes);
    Count(static_cast<int64_t>(bytes));
    return {start + kHeader, start + kHeader, &Free, at::kCPU};
  }

  c10::DeleterFnPtr raw_deleter() const override { return &Free; }

  void copy_data(void* to, const void* from, size_t bytes) const override {
    default_copy_data(to, from, bytes);
  }

 private:
  static char* Take(size_t bytes) {
    constexpr size_t kMost = std::numeric_limits<ptrdiff_t>::max() - kHeader;
    try {
      if (bytes <= kMost) return static_cast<char*>(c10::alloc_cpu(bytes + kHeader));
    } catch (const c10::Error&) {
      // Said below, as what it is.
    }
    TORCH_CHECK_WITH(OutOfMemoryError, false, "no host memory for a tensor of ", bytes, " bytes");
  }
};

}  // namespace

void InstallCountingAllocator() {
  // Blocks of megabytes come and go with each operation; given back to the kernel each time, they
  // would cost a page fault every 4 KiB.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, INT_MAX);
  static CountingAllocator allocator;
  constexpr uint8_t kOverLibTorchs = 1;
  c10::SetCPUAllocator(&allocator, kOverLibTorchs);
}

int64_t LiveCpuBytes() { return live.load(std::memory_order_relaxed); }
int64_t PeakCpuBytes() { return peak.load(std::memory_order_relaxed); }
void ResetPeakCpuBytes() { peak.store(LiveCpuBytes(), std::memory_order_relaxed); }

}  // namespace ablate

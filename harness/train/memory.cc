#include "harness/train/memory.h"

#include <c10/core/CachingDeviceAllocator.h>

#include <algorithm>

#include "harness/train/counting_allocator.h"
#include "harness/train/host.h"

namespace ablate {
namespace {

int64_t Peak(const c10::CachingAllocator::StatArray& stat) {
  return stat[static_cast<size_t>(c10::CachingAllocator::StatType::AGGREGATE)].peak;
}

}  // namespace

void MemoryMeter::Reset() {
  before_ = {};
  ResetHostPeakRss();
  Resume();
}

void MemoryMeter::Pause() {
  before_ = peaks();
  paused_ = true;
}

void MemoryMeter::Resume() {
  if (device_.is_cpu()) {
    ResetPeakCpuBytes();
  } else {
    c10::getDeviceAllocator(device_.type())->resetPeakStats(device_.index());
  }
  paused_ = false;
}

MemoryPeaks MemoryMeter::peaks() const {
  if (paused_) return before_;
  MemoryPeaks now = Measure();
  now.device_allocated_bytes = std::max(now.device_allocated_bytes, before_.device_allocated_bytes);
  now.device_reserved_bytes = std::max(now.device_reserved_bytes, before_.device_reserved_bytes);
  return now;
}

MemoryPeaks MemoryMeter::Measure() const {
  if (device_.is_cpu()) return {PeakCpuBytes(), std::nullopt, HostPeakRssBytes()};
  c10::DeviceAllocator* allocator = c10::getDeviceAllocator(device_.type());
  // Not before the first tensor on the device, which a run that fails early never makes.
  if (!allocator->initialized()) return {0, 0, HostPeakRssBytes()};
  const auto stats = allocator->getDeviceStats(device_.index());
  return {Peak(stats.allocated_bytes), Peak(stats.reserved_bytes), HostPeakRssBytes()};
}

}  // namespace ablate

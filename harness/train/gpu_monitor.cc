#include "harness/train/gpu_monitor.h"

#include <unistd.h>

#include <algorithm>

namespace ablate {
namespace {

std::set<int64_t> Pids(const std::vector<GpuProcess>& processes) {
  std::set<int64_t> pids;
  for (const GpuProcess& process : processes) pids.insert(process.pid);
  return pids;
}

std::string Join(const std::set<int64_t>& pids) {
  std::string text;
  for (int64_t pid : pids) text += (text.empty() ? "" : ", ") + std::to_string(pid);
  return text;
}

}  // namespace

GpuMonitor::GpuMonitor(std::unique_ptr<NvmlDevice> device) : device_(std::move(device)) {
  if (device_) pids_before_ = Pids(device_->ComputeProcesses());
}

GpuMonitor::~GpuMonitor() {
  if (thread_.joinable()) Stop();
}

void GpuMonitor::Start(std::chrono::milliseconds interval) {
  if (!device_) return;
  own_pid_ = FindOwnPid();
  energy_at_start_ = device_->EnergyJoules();
  ecc_at_start_ = device_->UncorrectedEccErrors();
  thread_ = std::thread([this, interval] { Watch(interval); });
}

int64_t GpuMonitor::FindOwnPid() const {
  const std::set<int64_t> now = Pids(device_->ComputeProcesses());
  if (now.contains(getpid())) return getpid();
  std::vector<int64_t> joined;
  std::ranges::set_difference(now, pids_before_, std::back_inserter(joined));
  return joined.size() == 1 ? joined.front() : getpid();
}

void GpuMonitor::Watch(std::chrono::milliseconds interval) {
  std::unique_lock lock(mutex_);
  do Sample();
  while (!ended_.wait_for(lock, interval, [this] { return ending_; }));
  Sample();
}

void GpuMonitor::Sample() {
  const ClockLimits now = device_->CurrentClockLimits();
  seen_.hardware_slowdown |= now.hardware_slowdown;
  seen_.thermal |= now.thermal;
  seen_.power_brake |= now.power_brake;
  seen_.power_cap |= now.power_cap;
  for (const GpuProcess& process : device_->ComputeProcesses()) {
    if (process.pid != own_pid_) {
      foreign_.insert(process.pid);
    } else if (process.memory_bytes) {
      process_bytes_ = std::max(process_bytes_.value_or(0), *process.memory_bytes);
    }
  }
}

GpuObservations GpuMonitor::Stop() {
  if (!thread_.joinable()) return {};
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  ended_.notify_all();
  thread_.join();

  GpuObservations result;
  result.process_bytes = process_bytes_;
  const std::optional<double> energy = device_->EnergyJoules();
  if (energy && energy_at_start_) result.energy_j = *energy - *energy_at_start_;
  const auto invalid_if = [&](bool happened, const std::string& because) {
    if (happened) result.invalid_because.push_back(because);
  };
  invalid_if(seen_.hardware_slowdown, "the GPU's hardware slowed its clocks down");
  invalid_if(seen_.thermal, "the GPU was too hot and slowed down");
  invalid_if(seen_.power_brake, "a power brake slowed the GPU down");
  const std::optional<int64_t> ecc = device_->UncorrectedEccErrors();
  invalid_if(ecc && ecc_at_start_ && *ecc > *ecc_at_start_,
             "the GPU's memory had an uncorrectable error");
  invalid_if(!foreign_.empty(), "other processes used the GPU: " + Join(foreign_));
  if (seen_.power_cap) result.notes.push_back("the GPU ran into its software power cap");
  return result;
}

}  // namespace ablate

#include "harness/train/gpu_monitor.h"

#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <utility>

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

void GpuMonitor::Start(std::chrono::milliseconds interval) {
  if (!device_) return;
  started_ = true;
  own_pid_ = FindOwnPid();
  energy_at_start_ = device_->EnergyJoules();
  ecc_at_start_ = device_->UncorrectedEccErrors();
  sampler_.Start(interval, [this] { Sample(); });
}

std::optional<int64_t> GpuMonitor::FindOwnPid() const {
  const std::set<int64_t> now = Pids(device_->ComputeProcesses());
  if (now.contains(getpid())) return getpid();
  std::vector<int64_t> joined;
  std::ranges::set_difference(now, pids_before_, std::back_inserter(joined));
  return joined.size() == 1 ? std::optional(joined.front()) : std::nullopt;
}

void GpuMonitor::Sample() {
  const ClockLimits now = device_->CurrentClockLimits();
  seen_.hardware_slowdown |= now.hardware_slowdown;
  seen_.thermal |= now.thermal;
  seen_.power_brake |= now.power_brake;
  seen_.power_cap |= now.power_cap;
  const GpuReading reading = device_->Read();
  observed_.sm_clock_mhz.Add(reading.sm_clock_mhz);
  observed_.memory_clock_mhz.Add(reading.memory_clock_mhz);
  observed_.power_w.Add(reading.power_w);
  if (own_pid_) SampleProcesses();
}

void GpuMonitor::SampleProcesses() {
  for (const GpuProcess& process : device_->ComputeProcesses()) {
    if (process.pid != *own_pid_) {
      foreign_.insert(process.pid);
    } else if (process.memory_bytes) {
      observed_.process_bytes =
          std::max(observed_.process_bytes.value_or(0), *process.memory_bytes);
    }
  }
}

void GpuMonitor::Judge() {
  const auto invalid_if = [&](bool happened, const std::string& because) {
    if (happened) observed_.invalid_because.push_back(because);
  };
  invalid_if(seen_.hardware_slowdown, "the GPU's hardware slowed its clocks down");
  invalid_if(seen_.thermal, "the GPU was too hot and slowed down");
  invalid_if(seen_.power_brake, "a power brake slowed the GPU down");
  const std::optional<int64_t> ecc = device_->UncorrectedEccErrors();
  invalid_if(ecc && ecc_at_start_ && *ecc > *ecc_at_start_,
             "the GPU's memory had an uncorrectable error");
  invalid_if(!foreign_.empty(), "other processes used the GPU: " + Join(foreign_));
}

GpuObservations GpuMonitor::Stop() {
  if (!started_) return {};
  started_ = false;
  sampler_.Stop();
  const std::optional<double> energy = device_->EnergyJoules();
  if (energy && energy_at_start_) observed_.energy_j = *energy - *energy_at_start_;
  Judge();
  if (seen_.power_cap) observed_.notes.push_back("the GPU ran into its software power cap");
  if (!own_pid_) {
    observed_.notes.push_back(
        "NVML does not list this process, so nothing is known of others on the GPU");
  }
  return std::move(observed_);
}

}  // namespace ablate

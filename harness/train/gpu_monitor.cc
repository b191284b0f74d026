#include "harness/train/gpu_monitor.h"

#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace ablate {
namespace {

using Pids = std::set<int64_t>;

std::optional<Pids> PidsOf(const std::optional<std::vector<GpuProcess>>& processes) {
  if (!processes) return std::nullopt;
  Pids pids;
  for (const GpuProcess& process : *processes) pids.insert(process.pid);
  return pids;
}

std::string Join(const Pids& pids) {
  std::string text;
  for (int64_t pid : pids) text += (text.empty() ? "" : ", ") + std::to_string(pid);
  return text;
}

}  // namespace

GpuMonitor::GpuMonitor(std::unique_ptr<NvmlDevice> device) : device_(std::move(device)) {
  if (!device_) return;
  pids_before_ = PidsOf(device_->ComputeProcesses());
  ecc_before_ = device_->UncorrectedEccErrors();
}

void GpuMonitor::Start(std::chrono::milliseconds interval) {
  if (!device_) return;
  started_ = true;
  own_pid_ = FindOwnPid();
  energy_at_start_ = device_->EnergyJoules();
  sampler_.Start(interval, [this] { Sample(); });
}

std::optional<int64_t> GpuMonitor::FindOwnPid() const {
  const Pids now = PidsOf(device_->ComputeProcesses()).value_or(Pids());
  const int64_t own = getpid();
  if (!pids_before_) return now.contains(own) ? std::optional(own) : std::nullopt;
  Pids joined;
  std::ranges::set_difference(now, *pids_before_, std::inserter(joined, joined.end()));
  // In a container our number may be that of a stranger outside, who was there before us.
  if (joined.contains(own) || (joined.empty() && now.contains(own))) return own;
  return joined.size() == 1 ? std::optional(*joined.begin()) : std::nullopt;
}

void GpuMonitor::Sample() {
  if (const std::optional<ClockLimits> now = device_->CurrentClockLimits()) {
    seen_.hardware_slowdown |= now->hardware_slowdown;
    seen_.thermal |= now->thermal;
    seen_.power_brake |= now->power_brake;
    seen_.power_cap |= now->power_cap;
  } else {
    clocks_unseen_ = true;
  }
  const GpuReading reading = device_->Read();
  observed_.sm_clock_mhz.Add(reading.sm_clock_mhz);
  observed_.memory_clock_mhz.Add(reading.memory_clock_mhz);
  observed_.power_w.Add(reading.power_w);
  if (own_pid_) SampleProcesses();
}

void GpuMonitor::SampleProcesses() {
  ++looks_;
  const auto processes = device_->ComputeProcesses();
  if (!PidsOf(processes).value_or(Pids()).contains(*own_pid_)) {
    ++blind_looks_;
    return;
  }
  for (const GpuProcess& process : *processes) {
    if (process.pid != *own_pid_) {
      foreign_.insert(process.pid);
    } else if (process.memory_bytes) {
      observed_.process_bytes =
          std::max(observed_.process_bytes.value_or(0), *process.memory_bytes);
    }
  }
}

void GpuMonitor::LookBack() {
  own_pid_ = FindOwnPid();
  if (!own_pid_) return;
  SampleProcesses();
  // Who has gone meanwhile may have taken the memory that was wanting.
  if (pids_before_) foreign_.insert(pids_before_->begin(), pids_before_->end());
  foreign_.erase(*own_pid_);
}

void GpuMonitor::Judge() {
  const auto invalid_if = [&](bool happened, const std::string& because) {
    if (happened) observed_.invalid_because.push_back(because);
  };
  invalid_if(seen_.hardware_slowdown, "the GPU's hardware slowed its clocks down");
  invalid_if(seen_.thermal, "the GPU was too hot and slowed down");
  invalid_if(seen_.power_brake, "a power brake slowed the GPU down");
  const std::optional<int64_t> ecc = device_->UncorrectedEccErrors();
  const bool erred = ecc && ecc_before_ && *ecc > *ecc_before_;
  invalid_if(erred, "the GPU's memory had an uncorrectable error");
  invalid_if(!foreign_.empty(), "other processes used the GPU: " + Join(foreign_));
  observed_.outcome_is_suspect = erred || !foreign_.empty();
}

void GpuMonitor::NoteWhatWasNotSeen() {
  if (!own_pid_) {
    observed_.notes.push_back(
        "NVML does not list this process, so nothing is known of others on the GPU");
  } else if (blind_looks_ > 0) {
    observed_.notes.push_back("at " + std::to_string(blind_looks_) + " of " +
                              std::to_string(looks_) +
                              " looks NVML did not list this process, so others on the GPU may "
                              "have gone unseen");
  }
  if (clocks_unseen_) {
    observed_.notes.push_back(
        "NVML did not always tell what held the GPU's clocks back, so a slow-down may have gone "
        "unseen");
  }
}

GpuObservations GpuMonitor::Stop() {
  if (!device_) return {};
  if (started_) {
    sampler_.Stop();
    const std::optional<double> energy = device_->EnergyJoules();
    if (energy && energy_at_start_) observed_.energy_j = *energy - *energy_at_start_;
  } else {
    LookBack();
  }
  Judge();
  if (seen_.power_cap) observed_.notes.push_back("the GPU ran into its software power cap");
  NoteWhatWasNotSeen();
  return std::move(observed_);
}

}  // namespace ablate

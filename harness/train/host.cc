#include "harness/train/host.h"

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <fstream>
#include <numeric>

namespace ablate {
namespace {

constexpr double kWorthANote = 0.05;

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

std::string Percent(double share) { return std::to_string(std::lround(100 * share)) + "%"; }

}  // namespace

std::optional<int64_t> HostPeakRssBytes() {
  std::ifstream status("/proc/self/status");
  std::string key;
  while (status >> key) {
    int64_t kib = 0;
    if (key == "VmHWM:" && status >> kib) return kib * 1024;
    std::getline(status, key);
  }
  return std::nullopt;
}

bool ResetHostPeakRss() {
  malloc_trim(0);
  std::ofstream file("/proc/self/clear_refs");
  file << "5" << std::flush;
  return file.good();
}

HostLoad::HostLoad() : start_(Now()) {}

std::optional<HostUsage> HostLoad::Now() {
  std::ifstream file("/proc/stat");
  std::string cpu;
  std::array<double, 8> ticks = {};  // user nice system idle iowait irq softirq steal
  file >> cpu;
  for (double& tick : ticks) file >> tick;
  rusage usage = {};
  if (!file || getrusage(RUSAGE_SELF, &usage) != 0) return std::nullopt;
  const double per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  return HostUsage{std::accumulate(ticks.begin(), ticks.end(), 0.0) / per_second,
                (ticks[3] + ticks[4]) / per_second, ticks[7] / per_second,
                Seconds(usage.ru_utime) + Seconds(usage.ru_stime)};
}

HostUsage HostLoad::Since() const {
  const std::optional<HostUsage> end = Now();
  if (!start_ || !end) return {};
  return {end->total - start_->total, end->idle - start_->idle, end->steal - start_->steal,
          end->own - start_->own};
}

std::vector<std::string> HostUsage::Notes() const {
  const double others = total - idle - steal - own;
  std::vector<std::string> notes;
  if (total > 0 && others > kWorthANote * total) {
    notes.push_back("other processes used " + Percent(others / total) + " of the processors");
  }
  if (total > 0 && steal > kWorthANote * total) {
    notes.push_back("the hypervisor stole " + Percent(steal / total) + " of the processors");
  }
  return notes;
}

}  // namespace ablate

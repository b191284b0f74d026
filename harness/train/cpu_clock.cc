#include "harness/train/cpu_clock.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <utility>

namespace ablate {
namespace {

namespace fs = std::filesystem;

constexpr double kVariationWorthANote = 0.10;
constexpr double kShortfallWorthANote = 0.05;
constexpr double kMhzPerGhz = 1000;
constexpr double kMhzPerKhz = 1e-3;

std::vector<int> UsableProcessors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> usable;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return usable;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &set)) usable.push_back(cpu);
  return usable;
}

std::optional<double> ReadNumber(const fs::path& path, double unit) {
  std::ifstream file(path);
  double value = 0;
  if (!(file >> value) || value <= 0) return std::nullopt;
  return value * unit;
}

// A line of /proc/cpuinfo: "cpu MHz\t\t: 2100.000".
bool SplitLine(const std::string& line, std::string& key, std::string& value) {
  const size_t colon = line.find(':');
  if (colon == std::string::npos) return false;
  key = line.substr(0, line.find_last_not_of(" \t", colon - 1) + 1);
  value = line.substr(std::min(colon + 2, line.size()));
  return true;
}

class SystemClock final : public CpuClock {
 public:
  explicit SystemClock(fs::path root) : root_(std::move(root)), processors_(UsableProcessors()) {}

  std::optional<double> FastestMhz() const override {
    SampleSummary mhz;
    for (const int cpu : processors_)
      mhz.Add(ReadNumber(Folder(cpu) / "cpufreq" / "scaling_cur_freq", kMhzPerKhz));
    return mhz.count > 0 ? mhz.Max() : FastestByCpuinfo();
  }

  std::optional<double> BaseMhz() const override {
    for (const int cpu : processors_) {
      if (auto mhz = ReadNumber(Folder(cpu) / "cpufreq" / "base_frequency", kMhzPerKhz)) return mhz;
      if (auto mhz = ReadNumber(Folder(cpu) / "acpi_cppc" / "nominal_freq", 1)) return mhz;
    }
    return BaseByModelName();
  }

 private:
  fs::path Folder(int cpu) const {
    return root_ / "sys/devices/system/cpu" / ("cpu" + std::to_string(cpu));
  }

  std::optional<double> FastestByCpuinfo() const {
    std::ifstream file(root_ / "proc/cpuinfo");
    SampleSummary mhz;
    bool usable = false;
    std::string key, value;
    for (std::string line; std::getline(file, line);) {
      if (!SplitLine(line, key, value)) continue;
      if (key == "processor")
        usable = std::ranges::count(processors_, std::atoi(value.c_str())) > 0;
      if (key == "cpu MHz" && usable) mhz.Add(std::atof(value.c_str()));
    }
    return mhz.Max();
  }

  // "Intel(R) Xeon(R) CPU @ 2.20GHz"
  std::optional<double> BaseByModelName() const {
    std::ifstream file(root_ / "proc/cpuinfo");
    std::string key, value;
    for (std::string line; std::getline(file, line);) {
      if (!SplitLine(line, key, value) || key != "model name") continue;
      const size_t at = value.find("@ ");
      if (at == std::string::npos || !value.ends_with("GHz")) return std::nullopt;
      return std::atof(value.c_str() + at + 2) * kMhzPerGhz;
    }
    return std::nullopt;
  }

  const fs::path root_;
  const std::vector<int> processors_;
};

std::string Whole(double mhz) { return std::to_string(std::lround(mhz)); }

}  // namespace

std::unique_ptr<CpuClock> SystemCpuClock(const fs::path& root) {
  return std::make_unique<SystemClock>(root);
}

CpuClockMonitor::CpuClockMonitor(std::unique_ptr<CpuClock> clock) : clock_(std::move(clock)) {}

void CpuClockMonitor::Start(std::chrono::milliseconds interval) {
  sampler_.Start(interval, [this] { mhz_.Add(clock_->FastestMhz()); });
}

std::vector<std::string> CpuClockMonitor::Stop() {
  sampler_.Stop();
  std::vector<std::string> notes;
  if (mhz_.count == 0) return notes;
  if (mhz_.greatest - mhz_.least > kVariationWorthANote * mhz_.greatest) {
    notes.push_back("the processors' clock varied from " + Whole(mhz_.least) + " to " +
                    Whole(mhz_.greatest) + " MHz");
  }
  const std::optional<double> base = clock_->BaseMhz();
  if (base && *mhz_.Mean() < (1 - kShortfallWorthANote) * *base) {
    notes.push_back("the processors' clock was " + Whole(*mhz_.Mean()) +
                    " MHz in the mean, below its base of " + Whole(*base) + " MHz");
  }
  return notes;
}

}  // namespace ablate

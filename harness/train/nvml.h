// A GPU's counters through NVML, whose library is opened at run time. No Torch, no CUDA context.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ablate {

struct GpuProcess {
  int64_t pid = 0;  // in the namespace of the host
  std::optional<int64_t> memory_bytes;
};

struct GpuDescription {
  std::string name, uuid, driver;
  std::optional<int64_t> memory_bytes;
  std::optional<double> power_limit_w;
  std::optional<int64_t> max_sm_clock_mhz, max_memory_clock_mhz;
  std::optional<bool> mig;
};

// Why the clocks are held back, as far as it matters to a measurement.
struct ClockLimits {
  bool hardware_slowdown = false;
  bool thermal = false;  // hardware's or software's
  bool power_brake = false;
  bool power_cap = false;  // software's: usual under load
};

// What it does at the moment.
struct GpuReading {
  std::optional<double> sm_clock_mhz, memory_clock_mhz, power_w;
};

// One device. What the driver does not offer is absent.
class NvmlDevice {
 public:
  // The device of this UUID ("GPU-…" or "MIG-…"); nullptr where there is no NVML, or no such
  // device.
  static std::unique_ptr<NvmlDevice> Open(const std::string& uuid,
                                          const std::string& library = "libnvidia-ml.so.1");
  ~NvmlDevice();
  NvmlDevice(const NvmlDevice&) = delete;
  NvmlDevice& operator=(const NvmlDevice&) = delete;

  GpuDescription Describe() const;
  std::optional<double> EnergyJoules() const;  // since the driver was loaded
  std::optional<ClockLimits> CurrentClockLimits() const;
  GpuReading Read() const;
  std::optional<int64_t> UncorrectedEccErrors() const;  // since the driver was loaded
  // Absent where the driver does not tell, which is not the same as none.
  std::optional<std::vector<GpuProcess>> ComputeProcesses() const;

 private:
  struct Library;
  explicit NvmlDevice(std::unique_ptr<Library> library);
  std::unique_ptr<Library> library_;
};

}  // namespace ablate

#include "harness/train/nvml.h"

#include <dlfcn.h>
#include <nvml.h>

#include <array>

namespace ablate {

// The functions that are used, each by the name it has in the library. All but the first three may
// be absent.
struct NvmlDevice::Library {
  void* handle = nullptr;
  nvmlDevice_t device = nullptr;

  decltype(&nvmlInit_v2) init = nullptr;
  decltype(&nvmlShutdown) shutdown = nullptr;
  decltype(&nvmlDeviceGetHandleByUUID) handle_by_uuid = nullptr;
  decltype(&nvmlSystemGetDriverVersion) driver_version = nullptr;
  decltype(&nvmlDeviceGetName) name = nullptr;
  decltype(&nvmlDeviceGetUUID) uuid = nullptr;
  decltype(&nvmlDeviceGetMemoryInfo) memory = nullptr;
  decltype(&nvmlDeviceGetPowerManagementLimit) power_limit = nullptr;
  decltype(&nvmlDeviceGetMaxClockInfo) max_clock = nullptr;
  decltype(&nvmlDeviceGetClockInfo) clock = nullptr;
  decltype(&nvmlDeviceGetPowerUsage) power = nullptr;
  decltype(&nvmlDeviceGetMigMode) mig_mode = nullptr;
  decltype(&nvmlDeviceGetTotalEnergyConsumption) energy = nullptr;
  decltype(&nvmlDeviceGetCurrentClocksEventReasons) clock_reasons = nullptr;
  decltype(&nvmlDeviceGetTotalEccErrors) ecc_errors = nullptr;
  decltype(&nvmlDeviceGetComputeRunningProcesses_v3) processes = nullptr;

  bool Load(const std::string& path);
  ~Library() {
    if (handle != nullptr) dlclose(handle);
  }

 private:
  template <typename Function>
  void Find(Function& function, const char* symbol) {
    function = reinterpret_cast<Function>(dlsym(handle, symbol));
  }
};

bool NvmlDevice::Library::Load(const std::string& path) {
  handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return false;
  Find(init, "nvmlInit_v2");
  Find(shutdown, "nvmlShutdown");
  Find(handle_by_uuid, "nvmlDeviceGetHandleByUUID");
  Find(driver_version, "nvmlSystemGetDriverVersion");
  Find(name, "nvmlDeviceGetName");
  Find(uuid, "nvmlDeviceGetUUID");
  Find(memory, "nvmlDeviceGetMemoryInfo");
  Find(power_limit, "nvmlDeviceGetPowerManagementLimit");
  Find(max_clock, "nvmlDeviceGetMaxClockInfo");
  Find(clock, "nvmlDeviceGetClockInfo");
  Find(power, "nvmlDeviceGetPowerUsage");
  Find(mig_mode, "nvmlDeviceGetMigMode");
  Find(energy, "nvmlDeviceGetTotalEnergyConsumption");
  Find(clock_reasons, "nvmlDeviceGetCurrentClocksEventReasons");
  // Drivers before 535 know it by its older name alone.
  if (clock_reasons == nullptr) Find(clock_reasons, "nvmlDeviceGetCurrentClocksThrottleReasons");
  Find(ecc_errors, "nvmlDeviceGetTotalEccErrors");
  Find(processes, "nvmlDeviceGetComputeRunningProcesses_v3");
  return init != nullptr && shutdown != nullptr && handle_by_uuid != nullptr;
}

namespace {

template <typename Function, typename... Arguments>
bool Succeeds(Function function, Arguments... arguments) {
  return function != nullptr && function(arguments...) == NVML_SUCCESS;
}

template <typename Function, typename... Arguments>
std::string Text(Function function, Arguments... arguments) {
  std::array<char, 256> text = {};
  return Succeeds(function, arguments..., text.data(), static_cast<unsigned>(text.size()))
             ? text.data()
             : "";
}

}  // namespace

std::unique_ptr<NvmlDevice> NvmlDevice::Open(const std::string& uuid, const std::string& library) {
  auto loaded = std::make_unique<Library>();
  if (!loaded->Load(library) || loaded->init() != NVML_SUCCESS) return nullptr;
  if (loaded->handle_by_uuid(uuid.c_str(), &loaded->device) != NVML_SUCCESS) {
    loaded->shutdown();
    return nullptr;
  }
  return std::unique_ptr<NvmlDevice>(new NvmlDevice(std::move(loaded)));
}

NvmlDevice::NvmlDevice(std::unique_ptr<Library> library) : library_(std::move(library)) {}
NvmlDevice::~NvmlDevice() { library_->shutdown(); }

GpuDescription NvmlDevice::Describe() const {
  const nvmlDevice_t device = library_->device;
  GpuDescription description;
  description.name = Text(library_->name, device);
  description.uuid = Text(library_->uuid, device);
  description.driver = Text(library_->driver_version);
  nvmlMemory_t memory = {};
  if (Succeeds(library_->memory, device, &memory)) {
    description.memory_bytes = static_cast<int64_t>(memory.total);
  }
  unsigned milliwatts = 0;
  if (Succeeds(library_->power_limit, device, &milliwatts)) {
    description.power_limit_w = milliwatts / 1000.0;
  }
  unsigned mhz = 0;
  if (Succeeds(library_->max_clock, device, NVML_CLOCK_SM, &mhz)) {
    description.max_sm_clock_mhz = mhz;
  }
  if (Succeeds(library_->max_clock, device, NVML_CLOCK_MEM, &mhz)) {
    description.max_memory_clock_mhz = mhz;
  }
  unsigned current = 0;
  unsigned pending = 0;
  if (Succeeds(library_->mig_mode, device, &current, &pending)) {
    description.mig = current == NVML_DEVICE_MIG_ENABLE;
  }
  return description;
}

std::optional<double> NvmlDevice::EnergyJoules() const {
  unsigned long long millijoules = 0;
  if (!Succeeds(library_->energy, library_->device, &millijoules)) return std::nullopt;
  return static_cast<double>(millijoules) / 1000;
}

std::optional<ClockLimits> NvmlDevice::CurrentClockLimits() const {
  unsigned long long reasons = 0;
  if (!Succeeds(library_->clock_reasons, library_->device, &reasons)) return std::nullopt;
  const auto any_of = [reasons](unsigned long long mask) { return (reasons & mask) != 0; };
  return ClockLimits{.hardware_slowdown = any_of(nvmlClocksThrottleReasonHwSlowdown),
                     .thermal = any_of(nvmlClocksThrottleReasonHwThermalSlowdown |
                                       nvmlClocksEventReasonSwThermalSlowdown),
                     .power_brake = any_of(nvmlClocksThrottleReasonHwPowerBrakeSlowdown),
                     .power_cap = any_of(nvmlClocksEventReasonSwPowerCap)};
}

GpuReading NvmlDevice::Read() const {
  const nvmlDevice_t device = library_->device;
  GpuReading reading;
  unsigned value = 0;
  if (Succeeds(library_->clock, device, NVML_CLOCK_SM, &value)) reading.sm_clock_mhz = value;
  if (Succeeds(library_->clock, device, NVML_CLOCK_MEM, &value)) reading.memory_clock_mhz = value;
  if (Succeeds(library_->power, device, &value)) reading.power_w = value / 1000.0;
  return reading;
}

std::optional<int64_t> NvmlDevice::UncorrectedEccErrors() const {
  unsigned long long errors = 0;
  if (!Succeeds(library_->ecc_errors, library_->device, NVML_MEMORY_ERROR_TYPE_UNCORRECTED,
                NVML_VOLATILE_ECC, &errors)) {
    return std::nullopt;
  }
  return static_cast<int64_t>(errors);
}

std::optional<std::vector<GpuProcess>> NvmlDevice::ComputeProcesses() const {
  std::array<nvmlProcessInfo_t, 1024> infos = {};
  unsigned count = infos.size();
  if (!Succeeds(library_->processes, library_->device, &count, infos.data())) return std::nullopt;
  std::vector<GpuProcess> processes;
  for (unsigned i = 0; i < count; ++i) {
    GpuProcess process{.pid = infos[i].pid, .memory_bytes = std::nullopt};
    if (infos[i].usedGpuMemory != static_cast<unsigned long long>(NVML_VALUE_NOT_AVAILABLE)) {
      process.memory_bytes = static_cast<int64_t>(infos[i].usedGpuMemory);
    }
    processes.push_back(process);
  }
  return processes;
}

}  // namespace ablate

// A stand-in for libnvidia-ml.so.1: one GPU whose state the environment variable FAKE_NVML tells,
// as words.
#include <nvml.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>

namespace {

bool State(const char* word) {
  const char* state = std::getenv("FAKE_NVML");
  return state != nullptr && std::strstr(state, word) != nullptr;
}

unsigned long long calls_for_energy = 0;
unsigned long long calls_for_ecc = 0;
unsigned calls_for_clock = 0;
unsigned calls_for_power = 0;

nvmlReturn_t Copy(const char* text, char* to, unsigned length) {
  std::strncpy(to, text, length);
  return NVML_SUCCESS;
}

}  // namespace

extern "C" {

nvmlReturn_t nvmlInit_v2() {
  calls_for_energy = calls_for_ecc = 0;
  calls_for_clock = calls_for_power = 0;
  return State("no_driver") ? NVML_ERROR_DRIVER_NOT_LOADED : NVML_SUCCESS;
}
nvmlReturn_t nvmlShutdown() { return NVML_SUCCESS; }
nvmlReturn_t nvmlDeviceGetHandleByUUID(const char* uuid, nvmlDevice_t* device) {
  *device = nullptr;
  return std::strcmp(uuid, "GPU-fake") == 0 ? NVML_SUCCESS : NVML_ERROR_NOT_FOUND;
}
nvmlReturn_t nvmlSystemGetDriverVersion(char* version, unsigned length) {
  return Copy("580.1", version, length);
}
nvmlReturn_t nvmlDeviceGetName(nvmlDevice_t, char* name, unsigned length) {
  return Copy("Fake GPU", name, length);
}
nvmlReturn_t nvmlDeviceGetPowerManagementLimit(nvmlDevice_t, unsigned* limit) {
  *limit = 350500;
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetTotalEnergyConsumption(nvmlDevice_t, unsigned long long* energy) {
  *energy = 5000 + 2500 * calls_for_energy++;
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetCurrentClocksEventReasons(nvmlDevice_t, unsigned long long* reasons) {
  if (State("no_reasons")) return NVML_ERROR_UNKNOWN;
  *reasons = (State("thermal") ? nvmlClocksEventReasonSwThermalSlowdown : 0) |
             (State("brake") ? nvmlClocksThrottleReasonHwPowerBrakeSlowdown : 0) |
             (State("slowdown") ? nvmlClocksThrottleReasonHwSlowdown : 0) |
             (State("cap") ? nvmlClocksEventReasonSwPowerCap : 0);
  return NVML_SUCCESS;
}
// The first look finds the clocks lower and the power higher than all later ones.
nvmlReturn_t nvmlDeviceGetClockInfo(nvmlDevice_t, nvmlClockType_t type, unsigned* mhz) {
  if (State("no_readings")) return NVML_ERROR_NOT_SUPPORTED;
  const bool first = calls_for_clock++ < 2;
  *mhz = type == NVML_CLOCK_SM ? (first ? 1500 : 1980) : (first ? 1000 : 2619);
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetPowerUsage(nvmlDevice_t, unsigned* milliwatts) {
  if (State("no_readings")) return NVML_ERROR_NOT_SUPPORTED;
  *milliwatts = calls_for_power++ == 0 ? 700500 : 350000;
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetTotalEccErrors(nvmlDevice_t, nvmlMemoryErrorType_t, nvmlEccCounterType_t,
                                         unsigned long long* count) {
  *count = State("ecc") ? calls_for_ecc++ : 7;
  return NVML_SUCCESS;
}
// Of the words: "unlisted", our process is not there; "renumbered", it is there by another number;
// "foreign" and "second", two others are; "namesake", another has our number.
nvmlReturn_t nvmlDeviceGetComputeRunningProcesses_v3(nvmlDevice_t, unsigned* count,
                                                     nvmlProcessInfo_t* infos) {
  if (State("no_processes")) return NVML_ERROR_NO_PERMISSION;
  *count = 0;
  const auto list = [&](unsigned pid) { infos[(*count)++] = {pid, 1 << 20, 0, 0}; };
  if (!State("unlisted")) list(State("renumbered") ? 4242 : static_cast<unsigned>(getpid()));
  if (State("namesake")) list(static_cast<unsigned>(getpid()));
  if (State("foreign")) list(1);
  if (State("second")) list(2);
  return NVML_SUCCESS;
}
}

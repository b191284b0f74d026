#include "harness/train/cuda_library.h"

#include <dlfcn.h>

#include <array>
#include <cstdio>

namespace ablate {
namespace {

template <typename Signature>
Signature* Find(const char* symbol, void* library = RTLD_DEFAULT) {
  return reinterpret_cast<Signature*>(dlsym(library, symbol));
}

// 13000 as "13.0", or with `patch`, 22809 as "2.28.9".
std::string Version(const char* symbol, int major_unit, int minor_unit, bool patch) {
  int version = 0;
  auto* get = Find<int(int*)>(symbol);
  if (get == nullptr || get(&version) != 0) return "";
  std::string text = std::to_string(version / major_unit) + "." +
                     std::to_string(version % major_unit / minor_unit);
  if (patch) text += "." + std::to_string(version % minor_unit);
  return text;
}

std::string UuidText(const std::array<unsigned char, 16>& bytes) {
  std::string text = "GPU";
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i == 0 || i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    std::array<char, 3> hex;
    std::snprintf(hex.data(), hex.size(), "%02x", bytes[i]);
    text += hex.data();
  }
  return text;
}

}  // namespace

bool LoadTorchCuda(std::string& why) {
  // Global, so that the runtime and NCCL, which it brings along, are found by name.
  if (dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) != nullptr) return true;
  why = dlerror();
  return false;
}

std::string CudaDeviceUuid(int64_t number) {
  void* driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (driver == nullptr) return "";
  auto* init = Find<int(unsigned)>("cuInit", driver);
  auto* get_device = Find<int(int*, int)>("cuDeviceGet", driver);
  auto* get_uuid = Find<int(unsigned char*, int)>("cuDeviceGetUuid_v2", driver);
  int device = 0;
  std::array<unsigned char, 16> uuid = {};
  if (init == nullptr || get_device == nullptr || get_uuid == nullptr || init(0) != 0 ||
      get_device(&device, static_cast<int>(number)) != 0 || get_uuid(uuid.data(), device) != 0) {
    return "";
  }
  return UuidText(uuid);
}

std::string CudaRuntimeVersion() { return Version("cudaRuntimeGetVersion", 1000, 10, false); }
std::string NcclVersion() { return Version("ncclGetVersion", 10000, 100, true); }

ProfilerCapture::ProfilerCapture(bool enabled) : enabled_(enabled) {
  auto* start = Find<int()>("cudaProfilerStart");
  if (enabled_ && start != nullptr) start();
}

ProfilerCapture::~ProfilerCapture() {
  auto* stop = Find<int()>("cudaProfilerStop");
  if (enabled_ && stop != nullptr) stop();
}

}  // namespace ablate

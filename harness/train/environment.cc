#include "harness/train/environment.h"

#include <ATen/Version.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <torch/version.h>

#include <algorithm>

#include "harness/train/cuda_library.h"
#include "harness/train/device.h"
#include "harness/train/nvml.h"
#include "harness/train/stopwatch.h"
#include "techniques/parallelism_torch.h"
#include "techniques/precision_torch.h"

namespace ablate {
namespace {

constexpr double kSecondsPerFormat = 0.3;

// Absent values are null.
template <typename T>
nlohmann::json OrNull(const std::optional<T>& value) {
  return value ? nlohmann::json(*value) : nlohmann::json();
}
nlohmann::json OrNull(const std::string& text) {
  return text.empty() ? nlohmann::json() : nlohmann::json(text);
}

// 91002 as "9.10.2".
std::string CudnnVersion() {
  const auto& hooks = at::detail::getCUDAHooks();
  if (!hooks.hasCuDNN()) return "";
  const long version = hooks.versionRuntimeCuDNN();
  return std::to_string(version / 10000) + "." + std::to_string(version / 100 % 100) + "." +
         std::to_string(version % 100);
}

nlohmann::json DescribeCuda(const std::string& uuid) {
  const std::unique_ptr<NvmlDevice> nvml = NvmlDevice::Open(uuid);
  const GpuDescription gpu = nvml ? nvml->Describe() : GpuDescription();
  return {{"name", OrNull(gpu.name)},
          {"uuid", OrNull(uuid)},
          {"driver", OrNull(gpu.driver)},
          {"runtime", OrNull(CudaRuntimeVersion())},
          {"cudnn", OrNull(CudnnVersion())},
          {"nccl", OrNull(NcclVersion())},
          {"memory_bytes", OrNull(gpu.memory_bytes)},
          {"power_limit_w", OrNull(gpu.power_limit_w)},
          {"clocks",
           {{"max_sm_mhz", OrNull(gpu.max_sm_clock_mhz)},
            {"max_memory_mhz", OrNull(gpu.max_memory_clock_mhz)}}},
          {"mig", OrNull(gpu.mig)}};
}

// LibTorch's own, before a run sets those that its settings ask for.
nlohmann::json DescribeFlags() {
  const at::Context& context = at::globalContext();
  return {{"tf32_matmul", context.allowTF32CuBLAS()},
          {"tf32_cudnn", context.allowTF32CuDNN()},
          {"deterministic", context.deterministicAlgorithms()}};
}

nlohmann::json MeasureMatrixRates(at::Device device) {
  nlohmann::json rates;
  AllowTf32({.tf32 = false});
  rates["fp32"] = MeasureMatrixRate(device, at::kFloat, kSecondsPerFormat);
  rates["bf16"] = MeasureMatrixRate(device, at::kBFloat16, kSecondsPerFormat);
  if (device.is_cpu()) return rates;
  rates["fp16"] = MeasureMatrixRate(device, at::kHalf, kSecondsPerFormat);
  AllowTf32({.tf32 = true});
  rates["tf32"] = MeasureMatrixRate(device, at::kFloat, kSecondsPerFormat);
  return rates;
}

}  // namespace

double MeasureMatrixRate(at::Device device, at::ScalarType type, double seconds) {
  const at::NoGradGuard no_gradients;
  const int64_t n = device.is_cpu() ? 1024 : 8192;
  const auto options = at::TensorOptions().dtype(type).device(device);
  const at::Tensor a = at::ones({n, n}, options);
  at::Tensor product = at::mm(a, a);
  Synchronise(device);
  const double flops =
      2.0 * static_cast<double>(n) * static_cast<double>(n) * static_cast<double>(n);
  double best = 0;
  for (const double begin = HostSeconds(); HostSeconds() - begin < seconds;) {
    const double start = HostSeconds();
    at::mm_out(product, a, a);
    Synchronise(device);
    best = std::max(best, flops / (HostSeconds() - start));
  }
  return best;
}

nlohmann::json DescribeEnvironment(const std::string& device_name, bool rates) {
  const at::Device device = OpenDevice(device_name);
  ConfigureProcess(/*threads=*/0, /*deterministic=*/false);
  nlohmann::json json = {
      {"libtorch", TORCH_VERSION},        {"device", device_name},
      {"threads", at::get_num_threads()}, {"cpu_capability", at::get_cpu_capability()},
      {"flags", DescribeFlags()},         {"cuda", nullptr}};
  json["distributed"] = {{"gloo", HasBackend(at::kCPU)},
                         {"nccl", !device.is_cpu() && HasBackend(device)}};
  json["devices"] = device.is_cpu() ? 1 : c10::impl::VirtualGuardImpl(device.type()).deviceCount();
  if (!device.is_cpu()) json["cuda"] = DescribeCuda(CudaDeviceUuid());
  if (rates) json["matrix_flops_per_s"] = MeasureMatrixRates(device);
  return json;
}

}  // namespace ablate

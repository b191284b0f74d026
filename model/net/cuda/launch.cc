#include "model/net/cuda/launch.h"

#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <type_traits>

#include "model/net/cuda/compiler.h"

namespace ablate::cuda {
namespace {

static_assert(std::is_same_v<Int64, int64_t>);

// Compiles and loads each kernel once for each device.
class DeviceLauncher final : public Launcher {
 public:
  void Launch(const KernelCall& call, at::Device device) override {
    const c10::impl::VirtualGuardImpl cuda(device.type());
    void* const stream = cuda.getStreamNativeHandle(cuda.getStream(device));
    const auto [on, kernel] = Find(call, device.index());
    on->Launch(kernel, call.blocks, call.threads, stream, call.arguments);
  }

  int Capability(int number) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return Open(number).device->capability();
  }

 private:
  struct Loaded {
    std::unique_ptr<DriverDevice> device;
    std::map<std::string, void*> kernels;
  };

  Loaded& Open(int number) {
    Loaded& loaded = devices_[number];
    if (!loaded.device) loaded.device = std::make_unique<DriverDevice>(number);
    return loaded;
  }

  std::pair<DriverDevice*, void*> Find(const KernelCall& call, int number) {
    const std::lock_guard<std::mutex> lock(mutex_);
    Loaded& loaded = Open(number);
    void*& kernel = loaded.kernels[call.kernel];
    if (kernel == nullptr) {
      const CompiledKernels compiled =
          Compile("model/net/cuda/" + call.source + ".cu", {"ablate::cuda::" + call.kernel},
                  loaded.device->capability());
      kernel = loaded.device->Load(compiled.image, compiled.names.front());
    }
    return {loaded.device.get(), kernel};
  }

  std::mutex mutex_;
  std::map<int, Loaded> devices_;
};

DeviceLauncher& Devices() {
  static DeviceLauncher devices;
  return devices;
}

Launcher* emulator = nullptr;

std::string TypeName(at::ScalarType type) {
  switch (type) {
    case at::kFloat:
      return "float";
    case at::kDouble:
      return "double";
    case at::kBFloat16:
      return "ablate::cuda::BFloat16";
    case at::kHalf:
      return "ablate::cuda::Half";
    default:
      TORCH_CHECK(false, "fused kernels of CUDA compute in no ", type);
  }
}

}  // namespace

EmulationScope::EmulationScope(Launcher& launcher) : outer_(emulator) { emulator = &launcher; }
EmulationScope::~EmulationScope() { emulator = outer_; }

bool Computes(at::Device device) { return device.is_cuda() || emulator != nullptr; }

void Launch(const KernelCall& call, at::Device device) {
  if (device.is_cpu()) return emulator->Launch(call, device);
  Devices().Launch(call, device);
}

int ComputeCapability(at::Device device) { return Devices().Capability(device.index()); }

std::string KernelName(const std::string& name, const std::vector<at::ScalarType>& types,
                       const std::string& first) {
  std::string arguments = first.empty() ? "" : "ablate::cuda::" + first;
  for (const at::ScalarType type : types) {
    arguments += (arguments.empty() ? "" : ", ") + TypeName(type);
  }
  return name + "<" + arguments + ">";
}

unsigned int ThreadsFor(int64_t columns, unsigned int most) {
  constexpr int64_t kWarp = 32, kColumns = 64, kOctets = kColumns / kOctet;
  const int64_t octets = (columns + kColumns - 1) / kColumns * kOctets;
  const int64_t warps = std::max<int64_t>((octets + kWarp - 1) / kWarp, 1);
  return static_cast<unsigned int>(std::min<int64_t>(warps * kWarp, most));
}

bool AreQuads(int64_t columns, std::initializer_list<at::Tensor> tensors) {
  constexpr uintptr_t kBytes = 16;
  const auto aligned = [](const at::Tensor& tensor) {
    return reinterpret_cast<uintptr_t>(Address(tensor)) % kBytes == 0;
  };
  return columns % 4 == 0 && std::ranges::all_of(tensors, aligned);
}

Mask MaskOn(const fused::RowMask& mask, const at::Tensor& counter) {
  return {.seed = mask.seed,
          .counter = counter.defined() ? counter.const_data_ptr<int64_t>() : nullptr,
          .dropped = mask.dropped,
          .keep_scale = mask.keep_scale};
}

}  // namespace ablate::cuda

#include "model/net/cuda/driver.h"

#include "model/error.h"
#include "model/net/cuda/shared_library.h"

namespace ablate::cuda {
namespace {

// As <cuda.h> declares them, which not every LibTorch has beside it. 0 is success.
struct Driver {
  int (*error)(int, const char**);
  int (*init)(unsigned int);
  int (*device)(int*, int number);
  int (*attribute)(int*, int attribute, int device);
  int (*retain)(void** context, int device);
  int (*current)(void** context);
  int (*set_current)(void* context);
  int (*load)(void** module, const void* image);
  int (*function)(void** function, void* module, const char* name);
  int (*launch)(void* function, unsigned int grid_x, unsigned int grid_y, unsigned int grid_z,
                unsigned int block_x, unsigned int block_y, unsigned int block_z,
                unsigned int shared_bytes, void* stream, void** parameters, void** extra);
};

Driver OpenDriver() {
  void* library = OpenLibrary({"libcuda.so.1"}, "install NVIDIA's driver");
  Driver driver;
  Find(library, "cuGetErrorString", driver.error);
  Find(library, "cuInit", driver.init);
  Find(library, "cuDeviceGet", driver.device);
  Find(library, "cuDeviceGetAttribute", driver.attribute);
  Find(library, "cuDevicePrimaryCtxRetain", driver.retain);
  Find(library, "cuCtxGetCurrent", driver.current);
  Find(library, "cuCtxSetCurrent", driver.set_current);
  Find(library, "cuModuleLoadData", driver.load);
  Find(library, "cuModuleGetFunction", driver.function);
  Find(library, "cuLaunchKernel", driver.launch);
  return driver;
}

const Driver& TheDriver() {
  static const Driver driver = OpenDriver();
  return driver;
}

void Check(int status, const std::string& what) {
  if (status == 0) return;
  const char* why = nullptr;
  TheDriver().error(status, &why);
  throw Error("fused kernels of CUDA: " + what + ": " + (why == nullptr ? "unknown error" : why));
}

// This thread's context, for a scope, after which the one before is current again, for those who go
// by it, or none: threads of the autograd engine may have none, or another device's.
class ContextScope {
 public:
  explicit ContextScope(void* context) {
    Check(TheDriver().current(&outer_), "cuCtxGetCurrent");
    changed_ = outer_ != context;
    if (changed_) Check(TheDriver().set_current(context), "cuCtxSetCurrent");
  }
  ~ContextScope() {
    if (changed_) TheDriver().set_current(outer_);
  }
  ContextScope(const ContextScope&) = delete;
  ContextScope& operator=(const ContextScope&) = delete;

 private:
  void* outer_ = nullptr;
  bool changed_ = false;
};

}  // namespace

DriverDevice::DriverDevice(int number) {
  constexpr int kMajor = 75, kMinor = 76;  // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_…
  const Driver& driver = TheDriver();
  Check(driver.init(0), "cuInit");
  int device = 0, major = 0, minor = 0;
  Check(driver.device(&device, number), "cuDeviceGet");
  Check(driver.attribute(&major, kMajor, device), "cuDeviceGetAttribute");
  Check(driver.attribute(&minor, kMinor, device), "cuDeviceGetAttribute");
  capability_ = 10 * major + minor;
  Check(driver.retain(&context_, device), "cuDevicePrimaryCtxRetain");
}

void* DriverDevice::Load(const std::string& image, const std::string& name) {
  const ContextScope scope(context_);
  void *loaded = nullptr, *kernel = nullptr;
  Check(TheDriver().load(&loaded, image.data()), "cuModuleLoadData of " + name);
  Check(TheDriver().function(&kernel, loaded, name.c_str()), "cuModuleGetFunction of " + name);
  return kernel;
}

void DriverDevice::Launch(void* kernel, GridSize blocks, unsigned int threads, void* stream,
                          const void* arguments) {
  const ContextScope scope(context_);
  void* parameters[] = {const_cast<void*>(arguments)};
  Check(TheDriver().launch(kernel, blocks.x, blocks.y, 1, threads, 1, 1, /*shared_bytes=*/0, stream,
                           parameters, nullptr),
        "cuLaunchKernel");
}

}  // namespace ablate::cuda

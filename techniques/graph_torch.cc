#include "techniques/graph_torch.h"

#include <dlfcn.h>

#include <filesystem>
#include <string>
#include <utility>

#include "model/error.h"
#include "techniques/cuda_graph_torch.h"

namespace ablate {
namespace {

class CalledWork final : public RepeatedWork {
 public:
  explicit CalledWork(std::function<void()> work) : work_(std::move(work)) {}
  void Run() override { work_(); }

 private:
  std::function<void()> work_;
};

// Stays open: what it made lives as long as the program may.
MakeCudaGraphWork* FindMaker() {
  const auto path =
      std::filesystem::read_symlink("/proc/self/exe").parent_path() / kCudaGraphLibrary;
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    throw Error(std::string("No CUDA graphs: ") + dlerror() +
                "; build with a LibTorch that has its CUDA half, or take \"graph\": \"off\"");
  }
  auto* make = reinterpret_cast<MakeCudaGraphWork*>(dlsym(library, kMakeCudaGraphWork));
  if (make == nullptr) {
    throw Error(std::string(kCudaGraphLibrary) + " is of another build; build it again");
  }
  return make;
}

}  // namespace

std::unique_ptr<RepeatedWork> MakeCalledWork(std::function<void()> work) {
  return std::make_unique<CalledWork>(std::move(work));
}

std::unique_ptr<RepeatedWork> MakeCapturedWork(std::function<void()> work, at::Device device) {
  std::unique_ptr<RepeatedWork> made;
  (*FindMaker())(std::move(work), device, made);
  return made;
}

}  // namespace ablate

#include "model/net/cuda/shared_library.h"

#include <dlfcn.h>

#include "model/error.h"

namespace ablate::cuda {

void* OpenLibrary(const std::vector<std::string>& names, const std::string& mend) {
  std::string why;
  for (const std::string& name : names) {
    if (void* library = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL)) return library;
    why += std::string(why.empty() ? "" : "; ") + dlerror();
  }
  throw Error("fused kernels of CUDA: " + why + "; " + mend);
}

void* FindFunction(void* library, const char* name) {
  void* function = dlsym(library, name);
  if (function == nullptr) throw Error(std::string("fused kernels of CUDA: no ") + name);
  return function;
}

}  // namespace ablate::cuda

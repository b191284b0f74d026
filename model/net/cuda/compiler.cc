#include "model/net/cuda/compiler.h"

#include <dlfcn.h>

#include <algorithm>
#include <filesystem>

#include "model/error.h"
#include "model/net/cuda/shared_library.h"
#include "model/net/cuda/sources.h"

namespace ablate::cuda {
namespace {

// As <nvrtc.h> declares them, which not every LibTorch has beside it. 0 is success.
struct Nvrtc {
  using Program = void*;

  const char* (*error)(int);
  int (*supported_count)(int*);
  int (*supported)(int*);
  int (*create)(Program*, const char* text, const char* name, int headers, const char* const* texts,
                const char* const* names);
  int (*destroy)(Program*);
  int (*add_name)(Program, const char* expression);
  int (*compile)(Program, int count, const char* const* options);
  int (*lowered_name)(Program, const char* expression, const char** name);
  int (*log_size)(Program, size_t*);
  int (*log)(Program, char*);
  int (*cubin_size)(Program, size_t*);
  int (*cubin)(Program, char*);
  int (*ptx_size)(Program, size_t*);
  int (*ptx)(Program, char*);
};

// LibTorch's own first, which need not be on the loader's path: another may not know the device.
std::vector<std::string> Places() {
  const std::vector<std::string> of_the_system = {"libnvrtc.so.13", "libnvrtc.so"};
  std::vector<std::string> places;
  void* torch = dlopen("libc10.so", RTLD_NOW | RTLD_NOLOAD);
  void* symbol = torch == nullptr ? nullptr : dlsym(torch, "_ZTIN3c105ErrorE");
  Dl_info info;
  if (symbol == nullptr || dladdr(symbol, &info) == 0) return of_the_system;
  const auto folder = std::filesystem::path(info.dli_fname).parent_path();
  for (const auto& from : {folder / "../../nvidia/cu13/lib", folder}) {
    std::error_code no_folder;
    for (const auto& entry : std::filesystem::directory_iterator(from, no_folder)) {
      const std::string name = entry.path().filename();
      const bool other = name.find("builtins") != name.npos || name.find(".alt.") != name.npos;
      if (name.starts_with("libnvrtc") && !other) places.push_back(entry.path());
    }
  }
  places.insert(places.end(), of_the_system.begin(), of_the_system.end());
  return places;
}

Nvrtc OpenNvrtc() {
  void* library = OpenLibrary(
      Places(), R"(install NVRTC of LibTorch's CUDA, or take the level "reference" of kernels)");
  Nvrtc nvrtc;
  Find(library, "nvrtcGetErrorString", nvrtc.error);
  Find(library, "nvrtcGetNumSupportedArchs", nvrtc.supported_count);
  Find(library, "nvrtcGetSupportedArchs", nvrtc.supported);
  Find(library, "nvrtcCreateProgram", nvrtc.create);
  Find(library, "nvrtcDestroyProgram", nvrtc.destroy);
  Find(library, "nvrtcAddNameExpression", nvrtc.add_name);
  Find(library, "nvrtcCompileProgram", nvrtc.compile);
  Find(library, "nvrtcGetLoweredName", nvrtc.lowered_name);
  Find(library, "nvrtcGetProgramLogSize", nvrtc.log_size);
  Find(library, "nvrtcGetProgramLog", nvrtc.log);
  Find(library, "nvrtcGetCUBINSize", nvrtc.cubin_size);
  Find(library, "nvrtcGetCUBIN", nvrtc.cubin);
  Find(library, "nvrtcGetPTXSize", nvrtc.ptx_size);
  Find(library, "nvrtcGetPTX", nvrtc.ptx);
  return nvrtc;
}

const Nvrtc& TheNvrtc() {
  static const Nvrtc nvrtc = OpenNvrtc();
  return nvrtc;
}

void Check(int status, const std::string& what) {
  if (status == 0) return;
  throw Error("fused kernels of CUDA: " + what + ": " + TheNvrtc().error(status));
}

struct Target {
  int capability;
  bool exact;  // else PTX of it is to be translated
};

Target TargetFor(int capability) {
  int count = 0;
  Check(TheNvrtc().supported_count(&count), "NVRTC's architectures");
  std::vector<int> known(count);
  Check(TheNvrtc().supported(known.data()), "NVRTC's architectures");
  std::erase_if(known, [&](int architecture) { return architecture > capability; });
  if (known.empty()) {
    throw Error("fused kernels of CUDA: NVRTC compiles for no device as old as this one, sm_" +
                std::to_string(capability) + R"(; take the level "reference" of kernels)");
  }
  const int newest = *std::ranges::max_element(known);
  return {newest, newest == capability};
}

using GetSize = int (*)(Nvrtc::Program, size_t*);
using GetText = int (*)(Nvrtc::Program, char*);

class Program {
 public:
  explicit Program(const std::string& source) : source_(source) {
    std::vector<const char*> texts, names;
    const char* text = nullptr;
    for (const Source& file : Sources()) {
      if (file.name == source) text = file.text.data();
      texts.push_back(file.text.data());
      names.push_back(file.name.data());
    }
    if (text == nullptr) throw Error("fused kernels of CUDA: no source " + source);
    Check(TheNvrtc().create(&program_, text, source.c_str(), static_cast<int>(texts.size()),
                            texts.data(), names.data()),
          source);
  }
  ~Program() { TheNvrtc().destroy(&program_); }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void Ask(const std::string& kernel) {
    Check(TheNvrtc().add_name(program_, kernel.c_str()), kernel);
  }

  void Compile(const Target& target) {
    const std::string option = std::string("--gpu-architecture=") +
                               (target.exact ? "sm_" : "compute_") +
                               std::to_string(target.capability);
    const std::vector<const char*> options = {option.c_str(), "--std=c++17"};
    const int status =
        TheNvrtc().compile(program_, static_cast<int>(options.size()), options.data());
    if (status != 0) Check(status, source_ + ": " + Text(TheNvrtc().log_size, TheNvrtc().log));
  }

  std::string Image(const Target& target) {
    const Nvrtc& nvrtc = TheNvrtc();
    return target.exact ? Text(nvrtc.cubin_size, nvrtc.cubin) : Text(nvrtc.ptx_size, nvrtc.ptx);
  }

  std::string LoweredName(const std::string& kernel) {
    const char* name = nullptr;
    Check(TheNvrtc().lowered_name(program_, kernel.c_str(), &name), kernel);
    return name;
  }

 private:
  std::string Text(GetSize size_of, GetText get) {
    size_t size = 0;
    Check(size_of(program_, &size), source_);
    std::string text(size, '\0');
    Check(get(program_, text.data()), source_);
    return text;
  }

  std::string source_;
  Nvrtc::Program program_ = nullptr;
};

}  // namespace

CompiledKernels Compile(const std::string& source, const std::vector<std::string>& kernels,
                        int capability) {
  const Target target = TargetFor(capability);
  Program program(source);
  for (const std::string& kernel : kernels) program.Ask(kernel);
  program.Compile(target);
  CompiledKernels compiled{.image = program.Image(target), .names = {}};
  for (const std::string& kernel : kernels) compiled.names.push_back(program.LoweredName(kernel));
  return compiled;
}

}  // namespace ablate::cuda

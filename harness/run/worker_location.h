// Where the worker is, and what it needs to start.
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace ablate {

struct Worker {
  std::filesystem::path executable;
  // How OpenMP's threads wait, and LD_LIBRARY_PATH where the worker doesn't find LibTorch by itself.
  std::map<std::string, std::string> environment;
  std::filesystem::path torch_libraries;  // the folder of libtorch_cpu.so that it will load
  std::string sha256;                     // of the executable, 64 hex digits
};

// The folder of the running executable.
std::filesystem::path ExecutableFolder();

// "2.11.0+cu130", from the files beside a LibTorch's lib/; empty where they don't say.
std::string TorchVersion(const std::filesystem::path& torch_libraries);

// Finds `name` in `folder` and a LibTorch 2.11 for it: the one that it was built with, else
// $TORCH_DIR's, else the one that LD_LIBRARY_PATH leads to, else that of the active python3. Takes
// milliseconds; doesn't start it. Throws Error, saying how to get one, where there is none.
Worker FindWorker(const std::filesystem::path& folder = ExecutableFolder(),
                  const std::string& name = "ablate-worker");

}  // namespace ablate

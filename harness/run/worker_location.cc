#include "harness/run/worker_location.h"

#include <cstdlib>
#include <optional>
#include <sstream>

#include "harness/run/files.h"
#include "harness/run/process.h"
#include "model/data/sha256.h"
#include "model/error.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTorchRelease = "2.11";
constexpr const char* kHowToGetTorch =
    "Install it (pip install torch==2.11.0) for the active python3, or set TORCH_DIR to the folder "
    "that "
    "holds its lib/";

struct Linked {
  bool needs_torch = false;
  fs::path torch_libraries;  // empty: not found
};

// Asks the dynamic linker, which tells what it would load and starts nothing.
Linked AskLinker(const fs::path& executable, std::map<std::string, std::string> environment) {
  environment["LD_TRACE_LOADED_OBJECTS"] = "1";
  std::istringstream lines(Capture({executable.string()}, environment).out);
  Linked linked;
  for (std::string line; std::getline(lines, line);) {
    if (line.find("libtorch_cpu.so =>") == std::string::npos) continue;
    linked.needs_torch = true;
    std::istringstream words(line);
    std::string name, arrow, path;
    words >> name >> arrow >> path;
    if (path.starts_with('/')) linked.torch_libraries = fs::path(path).parent_path();
  }
  return linked;
}

// Without importing it, which would take seconds.
std::optional<fs::path> PythonsTorch() {
  const Captured found = Capture({"python3", "-c",
                                  "import importlib.util as u; s = u.find_spec('torch'); "
                                  "print(s.submodule_search_locations[0] if s else '')"});
  const fs::path folder = found.out.substr(0, found.out.find('\n'));
  if (found.exit_code != 0 || folder.empty()) return std::nullopt;
  return folder / "lib";
}

void CheckRelease(const fs::path& torch_libraries, const std::string& whose) {
  const std::string version = TorchVersion(torch_libraries);
  if (version.empty() || version.starts_with(std::string(kTorchRelease) + ".")) return;
  throw Error("the LibTorch of " + whose + ", in '" + torch_libraries.string() + "', is " +
              version + "; ablate needs " + kTorchRelease + ". " + kHowToGetTorch);
}

std::string WithFront(const fs::path& folder) {
  const char* rest = std::getenv("LD_LIBRARY_PATH");
  return rest != nullptr && *rest != '\0' ? folder.string() + ":" + rest : folder.string();
}

// The first of the places to look in that holds a LibTorch.
fs::path TorchElsewhere() {
  if (const char* folder = std::getenv("TORCH_DIR"); folder != nullptr && *folder != '\0') {
    const fs::path libraries = fs::path(folder) / "lib";
    if (!fs::exists(libraries / "libtorch_cpu.so")) {
      throw Error("TORCH_DIR is '" + std::string(folder) +
                  "', which holds no lib/libtorch_cpu.so; set it to the folder of a LibTorch 2.11");
    }
    CheckRelease(libraries, "TORCH_DIR");
    return libraries;
  }
  const std::optional<fs::path> pythons = PythonsTorch();
  if (!pythons || !fs::exists(*pythons / "libtorch_cpu.so")) {
    throw Error(std::string("there is no LibTorch ") + kTorchRelease +
                ": neither TORCH_DIR nor LD_LIBRARY_PATH nor the active python3 leads to one. " +
                kHowToGetTorch);
  }
  CheckRelease(*pythons, "the active python3");
  return *pythons;
}

}  // namespace

fs::path ExecutableFolder() { return fs::read_symlink("/proc/self/exe").parent_path(); }

std::string TorchVersion(const fs::path& torch_libraries) {
  const fs::path torch = torch_libraries.parent_path();
  if (const auto text = ReadText(torch / "build-version")) {
    return text->substr(0, text->find_first_of(" \r\n"));
  }
  // __version__ = '2.11.0+cu130'
  const std::string text = ReadText(torch / "version.py").value_or("");
  const size_t start = text.find_first_of("'\"", text.find("__version__ ="));
  if (start == std::string::npos) return "";
  return text.substr(start + 1, text.find(text[start], start + 1) - start - 1);
}

Worker FindWorker(const fs::path& folder, const std::string& name) {
  Worker worker;
  // Read once, when OpenMP is loaded. Its threads spin at each barrier for milliseconds, which makes
  // a run several times slower as soon as anything else uses a core; so short a spin as this costs
  // nothing on an idle machine.
  if (std::getenv("OMP_WAIT_POLICY") == nullptr && std::getenv("GOMP_SPINCOUNT") == nullptr) {
    worker.environment["GOMP_SPINCOUNT"] = "2000";
  }
  worker.executable = folder / name;
  if (!fs::exists(worker.executable)) {
    throw Error("there is no '" + name + "' beside the driver, in '" + folder.string() +
                "'; build or install it again");
  }
  worker.sha256 = Sha256OfFile(worker.executable);
  const Linked linked = AskLinker(worker.executable, {});
  worker.torch_libraries = linked.torch_libraries;
  if (!linked.needs_torch || !linked.torch_libraries.empty()) {
    if (!linked.torch_libraries.empty()) CheckRelease(linked.torch_libraries, name);
    return worker;
  }
  worker.torch_libraries = TorchElsewhere();
  worker.environment["LD_LIBRARY_PATH"] = WithFront(worker.torch_libraries);
  return worker;
}

}  // namespace ablate

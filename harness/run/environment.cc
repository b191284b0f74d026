#include "harness/run/environment.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include "harness/run/process.h"
#include "model/data/sha256.h"
#include "model/error.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr int kEnvironmentSchemaVersion = 1;

// The value behind `key` in a line "key<separator>value" of a file of /proc or /etc, without
// quotes.
std::string Lookup(const fs::path& file, const std::string& key, char separator) {
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    const size_t at = line.find(separator);
    if (at == std::string::npos || !line.starts_with(key)) continue;
    const size_t start = line.find_first_not_of(" \t\"", at + 1);
    if (start == std::string::npos) return "";
    return line.substr(start, line.find_last_not_of(" \t\"") - start + 1);
  }
  return "";
}

// Distinct (package, core) pairs; 0 where /proc/cpuinfo doesn't tell.
int64_t PhysicalCores() {
  std::ifstream stream("/proc/cpuinfo");
  std::set<std::string> cores;
  std::string package;
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with("physical id")) package = line;
    if (line.starts_with("core id")) cores.insert(package + line);
  }
  return static_cast<int64_t>(cores.size());
}

Json OrNull(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json Cpu() {
  const int64_t threads = std::thread::hardware_concurrency();
  const int64_t cores = PhysicalCores();
  return {{"model", OrNull(Lookup("/proc/cpuinfo", "model name", ':'))},
          {"cores", cores > 0 ? cores : threads},
          {"threads", threads}};
}

Json Git(const fs::path& project) {
  const auto git = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"git", "-C", project.string()});
    return Capture(arguments, {{"GIT_OPTIONAL_LOCKS", "0"}});
  };
  const Captured commit = git({"rev-parse", "HEAD"});
  if (commit.exit_code != 0) return nullptr;
  const Captured status = git({"status", "--porcelain", "--untracked-files=no"});
  return {{"commit", commit.out.substr(0, commit.out.find('\n'))}, {"dirty", !status.out.empty()}};
}

std::string At(const Json& json, const char* path) {
  const Json::json_pointer pointer(path);
  if (!json.contains(pointer) || json[pointer].is_null()) return "";
  const Json& value = json[pointer];
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string LastLine(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

}  // namespace

std::string EnvironmentHash(const Json& environment) {
  return Sha256Hex(environment.dump()).substr(0, 12);
}

Json HostEnvironment(const fs::path& project) {
  utsname kernel = {};
  uname(&kernel);
  const int64_t memory = int64_t{sysconf(_SC_PHYS_PAGES)} * sysconf(_SC_PAGE_SIZE);
  return {{"schema_version", kEnvironmentSchemaVersion},
          {"git", Git(project)},
          {"host", kernel.nodename},
          {"os", OrNull(Lookup("/etc/os-release", "PRETTY_NAME", '='))},
          {"kernel", std::string(kernel.sysname) + " " + kernel.release + " " + kernel.machine},
          {"cpu", Cpu()},
          {"memory_bytes", memory}};
}

Json WorkerEnvironment(const Worker& worker, const std::string& device, MatrixRates rates) {
  std::vector<std::string> argv = {worker.executable.string(), "--environment", "--device", device};
  if (rates == MatrixRates::kLeftOut) argv.push_back("--without-rates");
  const Captured answer = Capture(argv, worker.environment, /*limit_s=*/300);
  const std::string name = worker.executable.filename().string();
  if (answer.exit_code != 0) {
    throw Error(name + " cannot use device " + device + ": " + LastLine(answer.err));
  }
  Json json = Json::parse(answer.out, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) {
    throw Error(name + " --environment printed no JSON object; build it again");
  }
  const std::string torch = At(json, "/libtorch");
  if (!torch.starts_with("2.11.")) {
    throw Error(name + " runs with LibTorch " + torch +
                "; it needs 2.11. Set TORCH_DIR to the folder of one, or install torch==2.11.0");
  }
  return json;
}

ResolvedDevice ResolveDevice(const Worker& worker, const std::string& asked, MatrixRates rates) {
  if (asked != "cpu" && asked != "cuda" && asked != "auto") {
    throw Error("there is no device '" + asked + "'; there are cpu, cuda and auto");
  }
  if (asked == "cpu") return {"cpu", WorkerEnvironment(worker, "cpu", rates)};
  std::string why = "the worker finds no CUDA device";
  try {
    Json environment = WorkerEnvironment(worker, "cuda", rates);
    if (environment.contains("cuda") && environment["cuda"].is_object()) {
      return {"cuda", std::move(environment)};
    }
  } catch (const Error& error) {
    why = error.what();
  }
  if (asked == "auto") return {"cpu", WorkerEnvironment(worker, "cpu", rates)};
  throw Error("the suite asks for a CUDA device and there is none: " + why +
              ". Use a machine with one, or say --device cpu");
}

Json MakeEnvironment(const Json& host, const Worker& worker, const ResolvedDevice& device,
                     const Json& corpora) {
  Json environment = host;
  environment.update(device.environment);
  environment["device"] = device.name;
  environment["worker"] = worker.sha256;
  environment["corpora"] = corpora;
  return environment;
}

void CarryOver(const Json& old, Json& environment) {
  if (!old.is_object()) return;
  if (old.contains("corpora") && old["corpora"].is_object()) {
    Json corpora = old["corpora"];
    corpora.update(environment["corpora"]);
    environment["corpora"] = corpora;
  }
  bool same = true;
  for (const char* path :
       {"/host", "/worker", "/device", "/threads", "/cpu", "/cuda/uuid", "/cuda/driver"}) {
    same = same && At(old, path) == At(environment, path);
  }
  if (same && old.contains("matrix_flops_per_s")) {
    environment["matrix_flops_per_s"] = old["matrix_flops_per_s"];
  }
}

std::vector<std::string> EnvironmentMismatches(const Json& old, const Json& now) {
  std::vector<std::string> mismatches;
  const auto compare = [&](const std::string& what, const std::string& path) {
    const std::string there = At(old, path.c_str());
    const std::string here = At(now, path.c_str());
    if (there.empty() || here.empty() || there == here) return;
    const auto shorten = [](const std::string& text) {
      return text.size() == 64 ? text.substr(0, 12) : text;
    };
    mismatches.push_back(what + ": " + shorten(there) + " there, " + shorten(here) + " here");
  };
  if (!old.is_object()) return mismatches;
  compare("worker", "/worker");
  compare("device", "/device");
  compare("GPU", "/cuda/name");
  compare("LibTorch", "/libtorch");
  if (At(now, "/device") == "cpu") {
    compare("CPU", "/cpu/model");
    compare("threads", "/threads");
  }
  if (now.contains("corpora")) {
    for (const auto& [name, hash] : now["corpora"].items()) {
      compare("content of corpus " + name, "/corpora/" + name);
    }
  }
  return mismatches;
}

}  // namespace ablate

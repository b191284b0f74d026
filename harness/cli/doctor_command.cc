#include <sys/statvfs.h>
#include <unistd.h>

#include <iostream>

#include "harness/cli/commands.h"
#include "harness/cli/execute.h"
#include "harness/cli/folders.h"
#include "harness/report/vega.h"
#include "harness/run/environment.h"
#include "harness/run/files.h"
#include "harness/run/format.h"
#include "harness/run/process.h"
#include "model/data/corpus.h"
#include "model/data/fetch.h"
#include "model/error.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;

enum class Finding { kGood, kOptional, kMissing };

// Collects what was found; what is missing and needed decides the exit code.
class Findings {
 public:
  void Add(Finding finding, const std::string& what, const std::string& value) {
    const char* mark = finding == Finding::kGood       ? "ok      "
                       : finding == Finding::kOptional ? "-       "
                                                       : "MISSING ";
    std::string name = what;
    name.resize(std::max<size_t>(name.size(), 16), ' ');
    std::cout << mark << name << "  " << value << std::endl;
    missing_ = missing_ || finding == Finding::kMissing;
  }
  bool missing() const { return missing_; }

 private:
  bool missing_ = false;
};

std::string Text(const nlohmann::json& json, const char* pointer) {
  const nlohmann::json::json_pointer at(pointer);
  if (!json.contains(at) || json[at].is_null()) return "unknown";
  return json[at].is_string() ? json[at].get<std::string>() : json[at].dump();
}

void Machine(Findings& findings) {
  const nlohmann::json host = HostEnvironment(fs::current_path());
  findings.Add(Finding::kGood, "system", Text(host, "/os") + ", " + Text(host, "/kernel"));
  findings.Add(Finding::kGood, "CPU",
               Text(host, "/cpu/model") + ", " + Text(host, "/cpu/cores") + " cores, " +
                   Text(host, "/cpu/threads") + " threads");
  findings.Add(Finding::kGood, "memory", FormatBytes(host["memory_bytes"].get<double>()));
  struct statvfs disk = {};
  if (statvfs(".", &disk) == 0) {
    const double free = static_cast<double>(disk.f_bavail) * static_cast<double>(disk.f_frsize);
    const bool little = free < 2.0 * (1 << 30);
    findings.Add(little ? Finding::kOptional : Finding::kGood, "disk",
                 FormatBytes(free) + " free here" + (little ? "; a suite may need 2 GiB" : ""));
  }
}

void Gpu(Findings& findings, const Worker& worker) {
  const std::string driver = ReadText("/proc/driver/nvidia/version").value_or("");
  try {
    const ResolvedDevice device = ResolveDevice(worker, "cuda", MatrixRates::kLeftOut);
    findings.Add(Finding::kGood, "GPU",
                 Text(device.environment, "/cuda/name") + ", driver " +
                     Text(device.environment, "/cuda/driver") + ", CUDA " +
                     Text(device.environment, "/cuda/runtime"));
  } catch (const Error& error) {
    findings.Add(Finding::kOptional, "GPU",
                 driver.empty()
                     ? "none, or no NVIDIA driver; suites run on the CPU with --device cpu"
                     : "a driver is loaded, but: " + std::string(error.what()));
  }
}

void Training(Findings& findings) {
  try {
    const Worker worker = FindWorker();
    const std::string version = TorchVersion(worker.torch_libraries);
    findings.Add(Finding::kGood, "LibTorch", version + " in " + Shown(worker.torch_libraries));
    const nlohmann::json environment = WorkerEnvironment(worker, "cpu", MatrixRates::kMeasured);
    findings.Add(
        Finding::kGood, "worker",
        "starts, " + Text(environment, "/threads") + " threads, " +
            Text(environment, "/cpu_capability") + ", matrix products " +
            FormatRate(environment.value("/matrix_flops_per_s/fp32"_json_pointer, 0.0) / 1e9) +
            " GFLOP/s");
    const bool gloo = environment.value("/distributed/gloo"_json_pointer, false);
    findings.Add(gloo ? Finding::kGood : Finding::kOptional, "Gloo",
                 gloo ? "runs of several processes can train on the CPU"
                      : "not built in; no run of several processes can train on the CPU");
    Gpu(findings, worker);
  } catch (const Error& error) {
    findings.Add(Finding::kMissing, "worker", error.what());
  }
}

void Corpora(Findings& findings) {
  const fs::path cache = DefaultCache();
  findings.Add(Finding::kGood, "cache", Shown(cache));
  for (const FetchedCorpus& corpus : FetchedCorpora()) {
    const bool there = fs::exists(CorpusFolder(cache, corpus.name) / "manifest.json");
    findings.Add(there ? Finding::kGood : Finding::kOptional, corpus.name,
                 there ? "in the cache" : "not fetched; get it with: ablate fetch " + corpus.name);
  }
}

void Tools(Findings& findings) {
  const std::string python = FindPython();
  const bool plots = Capture({python, "-c", "import vl_convert"}).exit_code == 0;
  findings.Add(plots ? Finding::kGood : Finding::kOptional, "plots",
               plots ? "vl-convert-python, in " + Shown(python)
                     : "no vl-convert-python: reports keep Vega-Lite files only; pip install "
                       "vl-convert-python");
  const fs::path nsys = FindInPath("nsys");
  findings.Add(nsys.empty() ? Finding::kOptional : Finding::kGood, "nsys",
               nsys.empty() ? "not in PATH; only `ablate profile` needs it (NVIDIA Nsight Systems)"
                            : nsys.string());
  const bool git = !FindInPath("git").empty();
  findings.Add(git ? Finding::kGood : Finding::kOptional, "git",
               git ? "records tell the commit" : "not in PATH; records won't tell the commit");
}

}  // namespace

void AddDoctorCommand(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("doctor", "Say what this machine has, what is missing, and how to get it");
  command->callback([&action] {
    action = []() -> int {
      Findings findings;
      Machine(findings);
      Training(findings);
      Corpora(findings);
      Tools(findings);
      return findings.missing() ? kUsage : kDone;
    };
  });
}

}  // namespace ablate

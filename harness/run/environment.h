// Where runs were measured: environment.json, and what of it has to stay the same within a results
// folder.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "harness/run/worker_location.h"

namespace ablate {

// 12 hex digits of the SHA-256 of an environment; records refer to it.
std::string EnvironmentHash(const nlohmann::json& environment);

// What this machine is, without asking the worker, in a few ms and with no path in it:
// schema_version, git {commit, dirty} or null (of the project that lies in `project`), host, os,
// kernel, cpu {model, cores, threads}, memory_bytes.
nlohmann::json HostEnvironment(const std::filesystem::path& project);

// Whether the worker measures matrix_flops_per_s: a second, for what only training uses.
enum class MatrixRates { kMeasured, kLeftOut };

// What only LibTorch and CUDA know (worker_protocol.h), as the worker tells. Throws Error where the
// worker cannot start, or where it is linked with another LibTorch than 2.11.
nlohmann::json WorkerEnvironment(const Worker& worker, const std::string& device,
                                 MatrixRates rates);

// The device to use for what a suite or --device asks for ("cpu", "cuda", "auto"), with
// WorkerEnvironment's answer for it. Throws Error where CUDA is asked for and there is none: never
// a silent fall-back.
struct ResolvedDevice {
  std::string name;  // cpu | cuda
  nlohmann::json environment;
};
ResolvedDevice ResolveDevice(const Worker& worker, const std::string& asked, MatrixRates rates);

// All of it: host, worker (its hash), corpora, device, and what the worker tells. corpora:
// {"<name>-<hash of its spec>": sha256}.
nlohmann::json MakeEnvironment(const nlohmann::json& host, const Worker& worker,
                               const ResolvedDevice& device, const nlohmann::json& corpora);

// Takes from `old` what it knows besides: corpora that this call had no use for, and, where it
// tells of the same machine, build and device, the matrix rates, which are measured once a suite.
void CarryOver(const nlohmann::json& old, nlohmann::json& environment);

// What may not differ between the runs of one folder and does, each as "worker: 1234… there, 5678…
// here": worker, device and what it is, threads, LibTorch, and the content of corpora known to
// both.
std::vector<std::string> EnvironmentMismatches(const nlohmann::json& old,
                                               const nlohmann::json& now);

}  // namespace ablate

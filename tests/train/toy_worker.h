// The worker as a process, on the toy corpus.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/run/worker_protocol.h"
#include "tests/support/process.h"

namespace ablate::testing {

std::string WorkerExecutable();

// A run that reaches its target of 2.6 in a moment, in a folder of its own.
WorkerConfig ToyWorkerConfig();

// `argv` stands before the worker on the command line. Progress goes where stderr does.
ProcessResult RunToyWorker(const WorkerConfig& config, std::vector<std::string> argv = {});

std::string FileText(const std::filesystem::path& path);
nlohmann::json RunJson(const WorkerConfig& config);

}  // namespace ablate::testing

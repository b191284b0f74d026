// The commands: each adds itself to the command line, and says in `action` what it does when it is
// chosen.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "harness/cli/command_line.h"

namespace ablate {

// Returns an exit code. Throws Error.
using Action = std::function<int()>;

void AddRunCommand(CLI::App& app, Action& action);
void AddPlanCommand(CLI::App& app, Action& action);
void AddReportCommand(CLI::App& app, Action& action);
void AddCompareCommand(CLI::App& app, Action& action);
void AddMergeCommand(CLI::App& app, Action& action);
void AddVerifyCommand(CLI::App& app, Action& action);
void AddProfileCommand(CLI::App& app, Action& action);
void AddFetchCommand(CLI::App& app, Action& action);
void AddBenchCommand(CLI::App& app, Action& action);
// Becomes ablate-bench. Its arguments are none of ours, so they don't pass through the command
// line's parser.
int RunBench(const std::vector<std::string>& arguments);
void AddDoctorCommand(CLI::App& app, Action& action);

}  // namespace ablate

#include "harness/cli/command_line.h"

#include <algorithm>
#include <filesystem>
#include <iostream>

#include "harness/cli/commands.h"
#include "harness/plan/nearest.h"
#include "model/error.h"

namespace ablate {
namespace {

constexpr const char* kDescription =
    "Trains a Transformer once for every combination of training techniques that a suite names, "
    "and says which "
    "technique is worth what.\n\n"
    "ablate SUITE is short for ablate run SUITE.";
constexpr const char* kExitCodes =
    "Exit: 0 done; 1 a regression, or a run that did not repeat; 2 some runs failed, timed out or "
    "stayed invalid; "
    "3 usage, suite or environment; 4 internal error; 5 inconclusive; 130 interrupted.";

std::vector<std::string> CommandNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

// `ablate SUITE` becomes `ablate run SUITE`; a misspelled command is told from a missing suite
// file.
void PutDefaultCommand(const CLI::App& app, std::vector<std::string>& arguments) {
  if (arguments.empty()) return;
  const std::string& first = arguments.front();
  const std::vector<std::string> names = CommandNames(app);
  const bool is_command = std::find(names.begin(), names.end(), first) != names.end();
  if (is_command || first == "--help" || first == "-h" || first == "--version") return;
  const bool looks_like_file = first.starts_with('-') || first.find('/') != std::string::npos ||
                               first.ends_with(".json") || std::filesystem::exists(first);
  if (!looks_like_file) {
    throw Error("there is no command and no suite file " + Instead(first, names));
  }
  arguments.insert(arguments.begin(), "run");
}

bool PassesThrough(const std::vector<std::string>& arguments) {
  return arguments.size() > 1 && arguments[0] == "bench" && arguments[1] != "--help" &&
         arguments[1] != "-h";
}

int Parse(std::vector<std::string> arguments) {
  CLI::App app(kDescription, "ablate");
  app.footer(kExitCodes);
  app.set_version_flag("--version", "ablate " ABLATE_VERSION);
  app.require_subcommand(1);
  if (PassesThrough(arguments)) return RunBench({arguments.begin() + 1, arguments.end()});
  Action action;
  AddRunCommand(app, action);
  AddPlanCommand(app, action);
  AddReportCommand(app, action);
  AddCompareCommand(app, action);
  AddMergeCommand(app, action);
  AddVerifyCommand(app, action);
  AddProfileCommand(app, action);
  AddFetchCommand(app, action);
  AddBenchCommand(app, action);
  AddDoctorCommand(app, action);
  PutDefaultCommand(app, arguments);
  std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kUsage;
  }
  return action();
}

}  // namespace

int RunCommandLine(const std::vector<std::string>& arguments) try {
  return Parse(arguments);
} catch (const Error& error) {
  std::cerr << "ablate: " << error.what() << std::endl;
  return kUsage;
} catch (const std::filesystem::filesystem_error& error) {
  std::cerr << "ablate: " << error.what() << std::endl;  // a full disk, a folder without permission
  return kUsage;
} catch (const std::exception& error) {
  std::cerr << "ablate: internal error: " << error.what() << std::endl;
  return kInternalError;
}

}  // namespace ablate

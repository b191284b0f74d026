// Handing the process over to another program.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace ablate {

// Becomes argv[0], with `environment` added to ours. Returns never; throws Error where that can't
// be started.
[[noreturn]] void Execute(const std::vector<std::string>& argv,
                          const std::map<std::string, std::string>& environment);

// Starts argv[0] with `environment` added to ours and its stdout on our stderr, and waits for its
// end. Returns its exit code, 128 + signal where a signal ended it. Throws Error where it can't be
// started.
int RunToEnd(const std::vector<std::string>& argv,
             const std::map<std::string, std::string>& environment);

// Where `program` lies in PATH; empty where it doesn't.
std::filesystem::path FindInPath(const std::string& program);

// A command as one would type it.
std::string ShellLine(const std::vector<std::string>& argv,
                      const std::map<std::string, std::string>& environment = {});

}  // namespace ablate

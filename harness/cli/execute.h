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

// Where `program` lies in PATH; empty where it doesn't.
std::filesystem::path FindInPath(const std::string& program);

// A command as one would type it.
std::string ShellLine(const std::vector<std::string>& argv,
                      const std::map<std::string, std::string>& environment = {});

}  // namespace ablate

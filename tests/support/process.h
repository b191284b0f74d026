// Running other programs from tests: Python for outside truths, and our own executables.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace ablate::testing {

struct ProcessResult {
  int exit_code = 0;  // 128 + signal where a signal ended it
  std::string out;
  std::string err;
};

// Runs argv[0] (looked up in PATH) to its end with `input` on stdin; `environment` is added to
// ours.
ProcessResult RunProcess(const std::vector<std::string>& argv, const std::string& input = "",
                         const std::map<std::string, std::string>& environment = {});

// Runs a script of the source tree ("tests/net/transformer.py") with the Python that has torch.
// Fails the calling test, with what it wrote to stderr, where the script does not exit with 0.
// Returns its stdout.
std::string RunPython(const std::string& script, const std::vector<std::string>& arguments = {},
                      const std::string& input = "");

// A fresh folder, removed at the end of the test program.
std::string TemporaryFolder();

}  // namespace ablate::testing

// The driver's command line.
#pragma once

#include <string>
#include <vector>

namespace ablate {

// What `ablate` exits with; never a count.
enum ExitCode {
  kDone = 0,
  kRegression = 1,
  kRunsFailed = 2,
  kUsage = 3,  // and suite, and environment: what a user can mend
  kInternalError = 4,
  kInconclusive = 5,  // a comparison that the runs cannot decide
  kInterrupted = 130,
};

// Parses and executes. Every exception ends here, as a message on stderr and an exit code.
int RunCommandLine(const std::vector<std::string>& arguments);

}  // namespace ablate

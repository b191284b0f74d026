// The driver, run as a user runs it, in a project of its own with a worker that trains nothing.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/support/process.h"

namespace ablate::testing {

// A temporary project: suites/small.json, bin/ablate, bin/ablate-worker
// (tests/runner/fake_worker.cc), a cache.
class Driver {
 public:
  Driver();

  const std::filesystem::path& project() const { return project_; }
  std::filesystem::path suite() const { return project_ / "suites" / "small.json"; }
  std::filesystem::path results() const { return project_ / "results" / "small"; }
  std::filesystem::path report() const { return project_ / "reports" / "small"; }

  void WriteSuite(const std::string& text);
  void Behave(const std::string& behaviour);  // of the worker, see tests/runner/fake_worker.cc
  size_t Starts() const;                      // of the worker, so far
  std::vector<std::string> Records() const;   // lines of records.jsonl

  // `arguments` after "ablate"; `prefix` before it, as in {"timeout", "5"}.
  ProcessResult Run(const std::vector<std::string>& arguments,
                    const std::vector<std::string>& prefix = {}) const;

  // Starts `ablate SUITE` with further `arguments`, without waiting.
  pid_t Start(const std::vector<std::string>& arguments = {}) const;
  // Until the worker has been started `count` times.
  void AwaitStarts(size_t count) const;

 private:
  std::filesystem::path project_;
};

// Waits for the end of a started driver and returns its exit code, 128 + signal where a signal
// ended it.
int Await(pid_t driver);

}  // namespace ablate::testing

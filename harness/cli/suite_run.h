// `ablate run`: from a suite file to records and a report.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/run/selection.h"

namespace ablate {

struct RunFlags {
  std::string suite;
  std::string device;   // overrides the suite's
  std::string results;  // instead of <project>/results/<suite>
  Selection selection;
  std::optional<double> timeout_s;
  bool dry_run = false;
  bool fresh = false;
  bool retry_failed = false;
  bool fail_fast = false;
  bool no_report = false;
  std::vector<std::string> exports;  // formats of harness/report/exports/export.h
};

// Returns an exit code. Throws Error.
int RunSuite(const RunFlags& flags);

}  // namespace ablate

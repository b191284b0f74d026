// Results as JUnit XML, for the test reports of CI systems.
#pragma once

#include <string>

#include "harness/report/exports/export_input.h"

namespace ablate {

// A testsuite with a testcase a cell, in the order of the plan. A cell with a run that failed,
// timed out, was interrupted or stayed invalid is an error that names each; a skipped cell, and one
// without any record, is skipped with the reason. Everything else passes: a run that did not reach
// its target, diverged or ran out of memory is a result, and stands in the testcase's properties
// ("reached", "time_to_target_s", …) and, a line a run, in its system-out. A testcase's time is the
// wall time of its runs.
std::string JUnitXml(const ExportInput& input);

}  // namespace ablate

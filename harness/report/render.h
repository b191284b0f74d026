// A results folder -> a report folder.
#pragma once

#include <filesystem>

#include "harness/report/summary.h"

namespace ablate {

// Reads results/<suite>/ and writes report.md, summary.json and plots/ under `output`, which is
// made where it is missing; rendering twice gives the same bytes. Plots of an earlier rendering
// that have nothing to show now are removed. Without vl-convert the plots stay Vega-Lite files, and
// the report says so. Throws Error where `results` is no results folder or `output` can't be
// written. Returns the summary, for VerdictLine (verdict.h).
Summary RenderReport(const std::filesystem::path& results, const std::filesystem::path& output);

}  // namespace ablate

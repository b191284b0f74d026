// The report in short, for the summary of a GitHub Actions step.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "harness/report/exports/export_input.h"

namespace ablate {

inline constexpr size_t kStepSummaryLimit = 1 << 20;  // bytes; GitHub drops a longer one whole

// Markdown, the answer first: verdict, effects, leaderboard, failures, notes; no pictures and no
// links to files, which a summary cannot show. Longer than `limit` bytes it is cut at a line's end,
// and says so.
std::string StepSummary(const ExportInput& input, size_t limit = kStepSummaryLimit);

// Appends it to `file`, as much as fits: all that a step appends counts towards the limit. Throws
// Error where the file can't be written.
void AppendStepSummary(const ExportInput& input, const std::filesystem::path& file);

}  // namespace ablate

// The forms in which results are handed to other programs.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "harness/report/exports/export_input.h"

namespace ablate {

struct ExportFormat {
  std::string_view name;  // of --export
  std::string_view file;  // in the exports' folder; mlperf: a folder with a file a run
  std::string_view what;  // for --help
};
std::span<const ExportFormat> ExportFormats();

// Writes one format into `folder`, which is made where it is missing, over what an earlier call
// left there, and returns what it wrote. Same input, same bytes. step-summary appends to the file
// that GITHUB_STEP_SUMMARY names, where it is set. Throws Error for an unknown format and where
// nothing can be written.
std::filesystem::path WriteExport(const ExportInput& input, std::string_view format,
                                  const std::filesystem::path& folder);

}  // namespace ablate

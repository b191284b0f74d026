// --export of `run` and `report`.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

namespace ablate {

// Adds --export, which may be given several times or with a list of formats.
void AddExportOption(CLI::App& command, std::vector<std::string>& formats);

// Writes the results folder in each format to <report>/exports/ and says where. Throws Error.
void ExportResults(const std::filesystem::path& results, const std::vector<std::string>& formats,
                   const std::filesystem::path& report);

}  // namespace ablate

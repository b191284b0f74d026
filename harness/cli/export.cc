#include "harness/cli/export.h"

#include <iostream>

#include "harness/cli/folders.h"
#include "harness/report/analysis.h"
#include "harness/report/exports/export.h"
#include "harness/report/results_reader.h"

namespace ablate {

void AddExportOption(CLI::App& command, std::vector<std::string>& formats) {
  std::vector<std::string> names;
  std::string help = "Write the results to exports/ in the report's folder too; may be repeated:";
  for (const ExportFormat& format : ExportFormats()) {
    names.emplace_back(format.name);
    help += "\n" + names.back() + ": " + std::string(format.what);
  }
  command.add_option("--export", formats, help)
      ->type_name("FORMAT")
      ->allow_extra_args(false)
      ->delimiter(',')
      ->check(CLI::IsMember(names));
}

void ExportResults(const std::filesystem::path& results, const std::vector<std::string>& formats,
                   const std::filesystem::path& report) {
  if (formats.empty()) return;
  const Results read = LoadResults(results);
  const Summary summary = Analyse(read);
  for (const std::string& format : formats) {
    const std::filesystem::path path = WriteExport({read, summary}, format, report / "exports");
    std::cout << "Export: " << Shown(path) << std::endl;
  }
}

}  // namespace ablate

#include <iostream>
#include <memory>

#include "harness/cli/commands.h"
#include "harness/cli/export.h"
#include "harness/cli/folders.h"
#include "harness/report/render.h"
#include "harness/report/verdict.h"

namespace ablate {

void AddReportCommand(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("report", "Render the report of a results folder, wherever it came from");
  struct Flags {
    std::string results, output;
    std::vector<std::string> exports;
  };
  const auto flags = std::make_shared<Flags>();
  command->add_option("DIR", flags->results, "Results folder")->required();
  command->add_option(
      "--output", flags->output,
      "Where the report goes; default: reports/x for results/x, DIR/report for a folder elsewhere");
  AddExportOption(*command, flags->exports);
  command->callback([=, &action] {
    action = [=] {
      const std::filesystem::path output = flags->output.empty()
                                               ? ReportFolder(flags->results)
                                               : std::filesystem::path(flags->output);
      ExportResults(flags->results, flags->exports, output);
      std::cout << VerdictLine(RenderReport(flags->results, output)) << "\n"
                << "Report: " << Shown(output / "report.md") << std::endl;
      return kDone;
    };
  });
}

}  // namespace ablate

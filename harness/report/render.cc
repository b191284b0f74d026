#include "harness/report/render.h"

#include <fstream>
#include <string>
#include <vector>

#include "harness/report/analysis.h"
#include "harness/report/plots.h"
#include "harness/report/report.h"
#include "harness/report/results_reader.h"
#include "harness/report/summary_json.h"
#include "harness/report/vega.h"
#include "model/error.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;

void WriteFile(const fs::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  if (!file.flush()) {
    throw Error("Cannot write '" + path.string() +
                "'. Check that the folder may be written and the disk is not full, or name "
                "another with --output.");
  }
}

void MakeFolder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    throw Error("Cannot make the folder '" + folder.string() + "': " + error.message() +
                ". Name another with --output.");
  }
}

// Draws every plot that has something to show; returns why pictures are missing, if they are.
std::string WritePlots(const PlotInput& input, const fs::path& folder,
                       std::set<std::string>& drawn) {
  const Summary few = WithFewCells(input.summary);
  std::vector<SvgJob> jobs;
  for (const PlotKind& kind : AllPlots()) {
    const fs::path vega = folder / (kind.name + ".vl.json");
    const fs::path svgs[] = {folder / (kind.name + "-light.svg"),
                             folder / (kind.name + "-dark.svg")};
    std::error_code ignored;
    for (const fs::path& stale : {vega, svgs[0], svgs[1]}) fs::remove(stale, ignored);
    const PlotInput drawn_from{input.results, kind.of_few_cells ? few : input.summary};
    const nlohmann::json light = kind.draw(drawn_from, LightTheme());
    if (light.is_null()) continue;
    WriteFile(vega, light.dump(1) + "\n");
    jobs.push_back({light, svgs[0]});
    jobs.push_back({kind.draw(drawn_from, DarkTheme()), svgs[1]});
    drawn.insert(kind.name);
  }
  return RenderSvgs(jobs, FindPython());
}

}  // namespace

Summary RenderReport(const fs::path& results_folder, const fs::path& output) {
  const Results results = LoadResults(results_folder);
  Summary summary = Analyse(results);
  MakeFolder(output / "plots");
  ReportInput input{results, summary, {}, ""};
  input.no_pictures = WritePlots({results, summary}, output / "plots", input.plots);
  if (summary.cells.size() > kMostDrawnCells) {
    summary.notes.push_back("Bars, phases and loss curves show at most the " +
                            std::to_string(kMostDrawnCells) + " best of " +
                            std::to_string(summary.cells.size()) +
                            " cells, the baseline among them; the tables hold all.");
  }
  if (!input.no_pictures.empty()) {
    summary.notes.push_back("The plots are kept as Vega-Lite files only: " + input.no_pictures +
                            ".");
  }
  WriteFile(output / "summary.json", ToJson(summary).dump(1) + "\n");
  WriteFile(output / "report.md", RenderMarkdown(input));
  return summary;
}

}  // namespace ablate

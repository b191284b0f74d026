// The report's plots as Vega-Lite, which is JSON: one pure function a plot.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "harness/report/results_reader.h"
#include "harness/report/summary.h"
#include "harness/report/theme.h"

namespace ablate {

struct PlotInput {
  const Results& results;
  const Summary& summary;
};

// Each returns null where the results hold nothing to draw.
nlohmann::json TimeToTargetPlot(const PlotInput& input, const Theme& theme);
nlohmann::json EffectsPlot(const PlotInput& input, const Theme& theme);
nlohmann::json InteractionsPlot(const PlotInput& input, const Theme& theme);
nlohmann::json LossByTimePlot(const PlotInput& input, const Theme& theme);
nlohmann::json LossByExamplesPlot(const PlotInput& input, const Theme& theme);
nlohmann::json LearningRatePlot(const PlotInput& input, const Theme& theme);
nlohmann::json ReachedByTimePlot(const PlotInput& input, const Theme& theme);
nlohmann::json ReachedByExamplesPlot(const PlotInput& input, const Theme& theme);
nlohmann::json PhasesPlot(const PlotInput& input, const Theme& theme);
nlohmann::json MemoryPlot(const PlotInput& input, const Theme& theme);
nlohmann::json QualityPlot(const PlotInput& input, const Theme& theme);
nlohmann::json PaddingPlot(const PlotInput& input, const Theme& theme);
nlohmann::json ThroughputPlot(const PlotInput& input, const Theme& theme);

struct PlotKind {
  std::string name;         // of its files: plots/<name>.vl.json, -light.svg, -dark.svg
  std::string description;  // for readers who don't see it
  nlohmann::json (*draw)(const PlotInput&, const Theme&);
  bool of_few_cells = false;  // drawn from what WithFewCells leaves
};
std::span<const PlotKind> AllPlots();

// More are neither told apart nor drawn in bearable time.
inline constexpr size_t kMostDrawnCells = 40;

// The summary with the best `most` cells alone, in the order of the plan, the baseline among them.
Summary WithFewCells(const Summary& summary, size_t most = kMostDrawnCells);

// Which factors a plot of many cells uses for what, so that no panel holds more than a few marks.
struct Layout {
  std::string color;  // a factor, or empty: colour by cell
  std::string dash;   // or shape; a factor, or empty
  std::string column, row;
};
Layout ChooseLayout(const Summary& summary);

// The labels of `factor` that the cells have, in the order of the suite.
std::vector<std::string> LabelsOf(const PlotInput& input, const std::string& factor);
std::string LabelOf(const CellSummary& cell, const std::string& factor);

// To five significant digits: plots need no more, and their files stay small.
double Rounded(double value);

}  // namespace ablate

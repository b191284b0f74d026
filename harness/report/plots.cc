#include "harness/report/plots.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>

#include "harness/report/analysis.h"
#include "harness/report/format.h"

namespace ablate {
namespace {

constexpr size_t kFewCells = 8;  // no more than there are colours

size_t CountLabels(const Summary& summary, const std::string& factor) {
  std::set<std::string> labels;
  for (const CellSummary& cell : summary.cells) labels.insert(LabelOf(cell, factor));
  return labels.size();
}

std::string TakeFirst(std::vector<std::string>& factors) {
  if (factors.empty()) return "";
  std::string first = factors.front();
  factors.erase(factors.begin());
  return first;
}

}  // namespace

std::span<const PlotKind> AllPlots() {
  static const PlotKind kinds[] = {
      {"time_to_target", "Bars: each cell's time to the target, fastest first", &TimeToTargetPlot,
       true},
      {"effects", "Dots: what each level does to time, examples, speed and memory", &EffectsPlot},
      {"interactions",
       "Lines: time to target by the levels of two factors, a line a level; parallel lines are "
       "effects that multiply",
       &InteractionsPlot},
      {"loss_by_time", "Lines: loss over seconds of training", &LossByTimePlot, true},
      {"loss_by_examples", "Lines: loss over examples", &LossByExamplesPlot, true},
      {"learning_rate", "Lines: learning rate over examples", &LearningRatePlot},
      {"reached_by_time", "Steps: share of runs that reached the target, over seconds of training",
       &ReachedByTimePlot},
      {"reached_by_examples", "Steps: share of runs that reached the target, over examples",
       &ReachedByExamplesPlot},
      {"phases", "Stacked bars: what the time an example takes is made of", &PhasesPlot, true},
      {"memory", "Points: peak memory against time to the target, and their Pareto front",
       &MemoryPlot},
      {"quality", "Points: quality against time to the target, and their Pareto front",
       &QualityPlot},
      {"throughput", "Bars: real target tokens a second, each cell", &ThroughputPlot, true},
      {"padding", "Bars: the share of tokens that is not padding", &PaddingPlot, true},
  };
  return kinds;
}

Summary WithFewCells(const Summary& summary, size_t most) {
  if (summary.cells.size() <= most) return summary;
  std::vector<size_t> kept = Ranking(summary);
  kept.resize(most);
  if (summary.baseline && std::ranges::find(kept, *summary.baseline) == kept.end()) {
    kept.back() = *summary.baseline;
  }
  std::ranges::sort(kept);
  const auto place = [&](size_t cell) {
    return static_cast<size_t>(std::ranges::find(kept, cell) - kept.begin());
  };
  Summary few = summary;
  few.cells.clear();
  for (const size_t cell : kept) few.cells.push_back(summary.cells[cell]);
  if (few.baseline) few.baseline = place(*summary.baseline);
  if (few.fastest) few.fastest->cell = place(summary.fastest->cell);
  if (few.fastest) few.fastest->not_separable.clear();
  return few;
}

std::string LabelOf(const CellSummary& cell, const std::string& factor) {
  for (const auto& [name, label] : cell.factors) {
    if (name == factor) return label;
  }
  return "";
}

std::vector<std::string> LabelsOf(const PlotInput& input, const std::string& factor) {
  std::set<std::string> seen;
  for (const CellSummary& cell : input.summary.cells) seen.insert(LabelOf(cell, factor));
  std::vector<std::string> labels;
  for (const Factor& candidate : input.results.suite.factors) {
    if (candidate.name != factor) continue;
    // The baseline first: it takes the neutral colour.
    const std::string& baseline = candidate.levels[candidate.baseline].label;
    if (seen.erase(baseline) > 0) labels.push_back(baseline);
    for (const FactorLevel& level : candidate.levels) {
      if (seen.erase(level.label) > 0) labels.push_back(level.label);
    }
  }
  labels.insert(labels.end(), seen.begin(), seen.end());
  return labels;
}

Layout ChooseLayout(const Summary& summary) {
  if (summary.cells.size() <= kFewCells) return {};
  std::vector<std::string> varying;
  for (const std::string& factor : summary.factors) {
    if (CountLabels(summary, factor) > 1) varying.push_back(factor);
  }
  std::vector<std::string> by_levels = varying;
  std::ranges::stable_sort(by_levels, std::greater(), [&](const std::string& factor) {
    const size_t labels = CountLabels(summary, factor);
    return labels > kFewCells ? 0 : labels;
  });
  Layout layout;
  layout.color = TakeFirst(by_levels);
  std::erase(varying, layout.color);
  // Schedules bend a curve most, so they are told apart within a panel.
  if (std::erase(varying, "schedule") > 0) {
    layout.dash = "schedule";
  } else if (varying.size() > 1) {
    layout.dash = TakeFirst(varying);
  }
  layout.column = TakeFirst(varying);
  layout.row = TakeFirst(varying);
  return layout;
}

double Rounded(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.5g", value);
  return std::strtod(text, nullptr);
}

}  // namespace ablate

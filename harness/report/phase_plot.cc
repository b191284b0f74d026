// Stacked bars: what the time an example takes is made of.
#include <algorithm>

#include "harness/report/analysis.h"
#include "harness/report/format.h"
#include "harness/report/phases.h"
#include "harness/report/plots.h"

namespace ablate {

using nlohmann::json;

namespace {

json PhaseRows(const Summary& summary, json& order, double& longest) {
  json values = json::array();
  for (const size_t index : Ranking(summary)) {
    const CellSummary& cell = summary.cells[index];
    const std::vector<PhaseTime> phases = PhasesOf(cell);
    if (phases.empty()) continue;
    double sum = 0;
    for (size_t i = 0; i < phases.size(); ++i) {
      const double milliseconds = 1000 * phases[i].seconds_per_example;
      values.push_back({{"cell", cell.short_name},
                        {"phase", phases[i].name},
                        {"place", PlaceOf(phases[i].name)},
                        {"ms", Rounded(milliseconds)}});
      sum += milliseconds;
    }
    longest = std::max(longest, sum);
    order.push_back(cell.short_name);
  }
  return values;
}

}  // namespace

json PhasesPlot(const PlotInput& input, const Theme& theme) {
  json order = json::array();
  double longest = 0;
  const json values = PhaseRows(input.summary, order, longest);
  if (values.empty()) return nullptr;
  json domain = json::array(), range = json::array();
  for (const std::string name : PhaseNames()) {
    const bool used =
        std::ranges::any_of(values, [&](const json& v) { return v["phase"] == name; });
    if (!used) continue;
    domain.push_back(name);
    // Behind the end of the bar, as a shadow of it.
    range.push_back(name == kEvaluatePhase ? theme.faint : theme.categories[range.size()]);
  }
  json plot = PlotBase(theme);
  plot["width"] = kPlotWidth;
  plot["height"] = {{"step", 23}};
  plot["autosize"] = {{"type", "fit-x"}, {"contains", "padding"}};
  plot["data"] = {{"values", values}};
  plot["mark"] = {{"type", "bar"}};
  plot["encoding"] = {{"y",
                       {{"field", "cell"},
                        {"type", "nominal"},
                        {"sort", order},
                        {"title", nullptr},
                        {"axis", {{"labelLimit", 320}, {"labelColor", theme.text}}},
                        {"scale", {{"paddingInner", 0.28}, {"paddingOuter", 0.1}}}}},
                      {"x",
                       {{"field", "ms"},
                        {"type", "quantitative"},
                        {"title", "milliseconds an example"},
                        {"axis", {{"tickCount", 6}}},
                        {"scale", {{"domain", {0, Rounded(longest * 1.02)}}, {"nice", false}}}}},
                      {"color",
                       {{"field", "phase"},
                        {"type", "nominal"},
                        {"title", nullptr},
                        {"scale", {{"domain", domain}, {"range", range}}},
                        {"legend", {{"symbolType", "square"}, {"symbolStrokeWidth", 0}}}}},
                      {"order", {{"field", "place"}, {"type", "quantitative"}}}};
  return plot;
}

}  // namespace ablate

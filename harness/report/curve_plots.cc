// Lines: loss over time and over examples, learning rate over examples.
#include <algorithm>
#include <set>

#include "harness/report/curve_values.h"
#include "harness/report/plots.h"

namespace ablate {

using nlohmann::json;

namespace {

constexpr size_t kMostPanels = 6;       // side by side, or one above the other
constexpr size_t kMostCellColours = 8;  // that can be told apart

// The factor and its label, as a panel's header shows them.
std::string Panel(const CellSummary& cell, const std::string& factor) {
  return factor + ": " + LabelOf(cell, factor);
}

json PanelEncoding(const PlotInput& input, const char* field, const std::string& factor) {
  json order = json::array();
  for (const std::string& label : LabelsOf(input, factor)) order.push_back(factor + ": " + label);
  return {{"field", field}, {"type", "nominal"}, {"sort", order}, {"title", nullptr}};
}

json Identity(const CellSummary& cell, const Layout& layout) {
  json row = {{"cell", cell.short_name}};
  row["color"] = layout.color.empty() ? cell.short_name : LabelOf(cell, layout.color);
  if (!layout.dash.empty()) row["dash"] = LabelOf(cell, layout.dash);
  if (!layout.column.empty()) row["column"] = Panel(cell, layout.column);
  if (!layout.row.empty()) row["row"] = Panel(cell, layout.row);
  return row;
}

std::vector<std::string> ColorDomain(const PlotInput& input, const Layout& layout) {
  if (!layout.color.empty()) return LabelsOf(input, layout.color);
  std::vector<std::string> names;
  for (const CellSummary& cell : input.summary.cells) {
    (cell.baseline ? names.insert(names.begin(), cell.short_name)
                   : names.insert(names.end(), cell.short_name));
  }
  return names;
}

json Nominal(const char* field, const json& title, const std::vector<std::string>& domain) {
  return {{"field", field},
          {"type", "nominal"},
          {"title", title},
          {"scale", {{"domain", domain}}},
          {"legend", {{"symbolType", "stroke"}, {"columns", title.is_null() ? 3 : 8}}}};
}

json LineLayers(const PlotInput& input, const Layout& layout, const std::string& x_title,
                const std::string& y_title) {
  json encoding = {{"x", QuantitativeAxis("x", x_title, true)},
                   {"y", QuantitativeAxis("y", y_title, false)},
                   {"detail", {{"field", "cell"}}}};
  const json title = layout.color.empty() ? json() : json(layout.color);
  encoding["color"] = Nominal("color", title, ColorDomain(input, layout));
  json line = encoding;
  if (!layout.dash.empty()) {
    line["strokeDash"] = Nominal("dash", layout.dash, LabelsOf(input, layout.dash));
    line["strokeDash"]["scale"]["range"] = {{1, 0}, {5, 3}, {2, 2}, {8, 3, 2, 3}};
  }
  return {{{"mark", {{"type", "line"}, {"strokeWidth", 1.8}, {"interpolate", "linear"}}},
           {"encoding", line}},
          {{"transform", {{{"filter", "datum.end"}}}},
           {"mark", {{"type", "point"}, {"filled", true}, {"size", 34}, {"opacity", 1}}},
           {"encoding", encoding}}};
}

void SetPanels(const PlotInput& input, const Layout& layout, json layers, json& plot) {
  if (layout.column.empty()) {
    plot["width"] = kPlotWidth;
    plot["height"] = 340;
    plot["autosize"] = {{"type", "fit"}, {"contains", "padding"}};
    plot["layer"] = std::move(layers);
    return;
  }
  const auto columns = static_cast<int>(LabelsOf(input, layout.column).size());
  plot["facet"]["column"] = PanelEncoding(input, "column", layout.column);
  if (!layout.row.empty()) plot["facet"]["row"] = PanelEncoding(input, "row", layout.row);
  plot["spec"] = {{"width", (kPlotWidth - 100 - 20 * (columns - 1)) / columns},
                  {"height", layout.row.empty() ? 280 : 200},
                  {"layer", std::move(layers)}};
}

// Without rows and columns where there would be too many, or some panel would stay empty: Vega-Lite
// then puts the others in wrong places.
Layout FullLayout(const PlotInput& input) {
  const Layout layout = ChooseLayout(input.summary);
  for (const std::string& factor : {layout.column, layout.row}) {
    if (!factor.empty() && LabelsOf(input, factor).size() > kMostPanels) return {};
  }
  if (layout.row.empty()) return layout;
  std::set<std::pair<std::string, std::string>> panels;
  std::set<std::string> rows, columns;
  for (const CellSummary& cell : input.summary.cells) {
    if (CurveOf(input, cell) == nullptr) continue;
    rows.insert(LabelOf(cell, layout.row));
    columns.insert(LabelOf(cell, layout.column));
    panels.emplace(LabelOf(cell, layout.row), LabelOf(cell, layout.column));
  }
  return panels.size() == rows.size() * columns.size() ? layout : Layout{};
}

json LossPlot(const PlotInput& input, const Theme& theme, double CurvePoint::*x,
              const std::string& x_title) {
  if (input.results.suite.design == Design::kOneFactor && input.summary.factors.size() > 1) {
    return OneFactorLossPlot(input, theme, x, x_title);
  }
  const Layout layout = FullLayout(input);
  if (layout.color.empty() && input.summary.cells.size() > kMostCellColours) {
    const Summary few = WithFewCells(input.summary, kMostCellColours);
    return LossPlot({input.results, few}, theme, x, x_title);
  }
  json values = json::array();
  double last_x = 0;
  for (const CellSummary& cell : input.summary.cells) {
    const auto* curve = CurveOf(input, cell);
    if (curve == nullptr) continue;
    AddCurve(*curve, x, TargetLoss(input.summary), Identity(cell, layout), values);
    last_x = std::max(last_x, curve->back().*x);
  }
  if (values.empty()) return nullptr;
  json plot = PlotBase(theme);
  plot["data"] = {{"values", values}};
  json layers = LineLayers(input, layout, x_title, input.summary.target_metric);
  for (json& layer : layers) {
    layer["encoding"]["y"]["scale"] = LossDomain(values, input.summary.target_value);
  }
  for (json& layer : TargetLayers(input.summary, theme, last_x)) layers.push_back(layer);
  SetPanels(input, layout, std::move(layers), plot);
  return plot;
}

// The settings that a learning rate depends on; cells that agree in them share a line.
std::string RateGroup(const CellSummary& cell) {
  std::string group;
  for (const auto& [factor, label] : cell.factors) {
    if (factor != "schedule" && !factor.starts_with("training.")) continue;
    if (!group.empty()) group += ", ";
    group += factor == "schedule" ? label : factor.substr(factor.rfind('.') + 1) + "=" + label;
  }
  return group.empty() ? "all cells" : group;
}

}  // namespace

json LossByTimePlot(const PlotInput& input, const Theme& theme) {
  return LossPlot(input, theme, &CurvePoint::train_s, "seconds of training");
}

json LossByExamplesPlot(const PlotInput& input, const Theme& theme) {
  return LossPlot(input, theme, &CurvePoint::examples, "examples");
}

json LearningRatePlot(const PlotInput& input, const Theme& theme) {
  std::vector<std::pair<std::string, const std::vector<CurvePoint>*>> groups;
  for (const CellSummary& cell : input.summary.cells) {
    const auto* curve = CurveOf(input, cell);
    if (curve == nullptr) continue;
    const std::string name = RateGroup(cell);
    const auto found = std::ranges::find(groups, name, [](const auto& g) { return g.first; });
    if (found == groups.end()) {
      groups.emplace_back(name, curve);
    } else if (curve->back().examples > found->second->back().examples) {
      found->second = curve;
    }
  }
  json values = json::array();
  std::vector<std::string> domain;
  for (const auto& [name, curve] : groups) {
    AddCurve(
        *curve, &CurvePoint::examples, [](const CurvePoint& point) { return point.learning_rate; },
        {{"cell", name}, {"color", name}}, values);
    domain.push_back(name);
  }
  if (values.empty()) return nullptr;
  json plot = PlotBase(theme);
  plot["data"] = {{"values", values}};
  json layers = LineLayers(input, {}, "examples", "learning rate");
  for (json& layer : layers) layer["encoding"]["color"] = Nominal("color", nullptr, domain);
  layers[0]["encoding"]["y"]["scale"]["zero"] = true;
  SetPanels(input, {}, std::move(layers), plot);
  plot["height"] = 240;
  return plot;
}

}  // namespace ablate

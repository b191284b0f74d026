// Lines: loss over time and over examples, learning rate over examples.
#include <algorithm>
#include <map>

#include "harness/report/format.h"
#include "harness/report/plots.h"

namespace ablate {

using nlohmann::json;

namespace {

constexpr size_t kPointsPerCurve = 150;

const std::vector<CurvePoint>* CurveOf(const PlotInput& input, const CellSummary& cell) {
  const auto found = input.results.evidence.find(cell.representative);
  if (found == input.results.evidence.end() || found->second.curve.empty()) return nullptr;
  return &found->second.curve;
}

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

// Every n-th point and the last, which is marked as the end.
template <typename Value>
void AddCurve(const std::vector<CurvePoint>& curve, double CurvePoint::*x, Value value,
              const json& identity, json& values) {
  std::vector<std::pair<double, double>> points;
  for (const CurvePoint& point : curve) {
    if (const auto y = value(point)) points.emplace_back(point.*x, *y);
  }
  const size_t stride = 1 + points.size() / kPointsPerCurve;
  for (size_t i = 0; i < points.size(); ++i) {
    const bool last = i + 1 == points.size();
    if (i % stride != 0 && !last) continue;
    json row = identity;
    row["x"] = Rounded(points[i].first);
    row["y"] = Rounded(points[i].second);
    if (last) row["end"] = true;
    values.push_back(std::move(row));
  }
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

json Quantitative(const char* field, const std::string& title, bool from_zero) {
  return {{"field", field},
          {"type", "quantitative"},
          {"title", title},
          {"scale", {{"zero", from_zero}, {"nice", true}}},
          {"axis", {{"tickCount", 6}}}};
}

json LineLayers(const PlotInput& input, const Layout& layout, const std::string& x_title,
                const std::string& y_title) {
  json encoding = {{"x", Quantitative("x", x_title, true)},
                   {"y", Quantitative("y", y_title, false)},
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

json TargetLayers(const Summary& summary, const Theme& theme, double last_x) {
  const json data = {{"values",
                      {{{"y", summary.target_value},
                        {"x", Rounded(last_x)},
                        {"label", "target " + Fixed(summary.target_value, 1)}}}}};
  const json y = {{"field", "y"}, {"type", "quantitative"}};
  const json x = {{"field", "x"}, {"type", "quantitative"}};
  return {{{"data", data},
           {"mark", {{"type", "rule"}, {"strokeDash", {4, 4}}, {"color", theme.muted}}},
           {"encoding", {{"y", y}}}},
          {{"data", data},
           {"mark",
            {{"type", "text"},
             {"align", "right"},
             {"baseline", "top"},
             {"dy", 5},
             {"fontSize", 11},
             {"color", theme.muted}}},
           {"encoding", {{"y", y}, {"x", x}, {"text", {{"field", "label"}}}}}}};
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

// Room below the target for its label.
json LossDomain(const json& values, double target) {
  double lowest = target, highest = target;
  for (const json& row : values) {
    lowest = std::min(lowest, row["y"].get<double>());
    highest = std::max(highest, row["y"].get<double>());
  }
  return {{"domain", {Rounded(lowest - 0.1 * (highest - lowest)), Rounded(highest)}},
          {"nice", false},
          {"zero", false}};
}

json LossPlot(const PlotInput& input, const Theme& theme, double CurvePoint::*x,
              const std::string& x_title) {
  const Layout layout = ChooseLayout(input.summary);
  const bool valid = input.summary.target_metric == "valid_loss";
  json values = json::array();
  double last_x = 0;
  for (const CellSummary& cell : input.summary.cells) {
    const auto* curve = CurveOf(input, cell);
    if (curve == nullptr) continue;
    AddCurve(
        *curve, x, [&](const CurvePoint& p) { return valid ? p.valid_loss : p.train_loss; },
        Identity(cell, layout), values);
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
        *curve, &CurvePoint::examples, [](const CurvePoint& p) { return p.learning_rate; },
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

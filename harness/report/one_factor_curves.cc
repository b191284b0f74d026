// Loss curves, a panel a factor.
#include <algorithm>

#include "harness/report/curve_values.h"

namespace ablate {

using nlohmann::json;

namespace {

constexpr int kPanelsARow = 3;
constexpr int kPanelWidth = 200;
constexpr int kPanelHeight = 150;
// Of a panel's height, between the names of its curves.
constexpr double kNameSpacing = 0.085;

// The one factor that the cell has another level of than the baseline; empty where that isn't so.
std::string FactorOf(const CellSummary& cell, const CellSummary& baseline) {
  std::string found;
  for (const auto& [factor, label] : cell.factors) {
    if (label == LabelOf(baseline, factor)) continue;
    if (!found.empty()) return "";
    found = factor;
  }
  return found;
}

// The rows of all panels. A curve's place among those of its panel is its colour; the baseline's is
// 0.
class PanelRows {
 public:
  PanelRows(const PlotInput& input, double CurvePoint::*x) : input_(input), x_(x) {
    if (!input.summary.baseline) return;
    const CellSummary& baseline = input.summary.cells[*input.summary.baseline];
    for (const std::string& factor : input.summary.factors) {
      int place = 0;
      for (const CellSummary& cell : input.summary.cells) {
        if (FactorOf(cell, baseline) != factor || CurveOf(input, cell) == nullptr) continue;
        if (place == 0) AddPanel(factor, baseline);
        Add(factor, LabelOf(cell, factor), cell, ++place);
      }
    }
    PlaceNames();
  }

  const json& rows() const { return rows_; }
  const json& panels() const { return panels_; }
  double last_x() const { return last_x_; }
  int most_places() const { return most_places_; }

 private:
  void AddPanel(const std::string& factor, const CellSummary& baseline) {
    panels_.push_back(factor);
    if (CurveOf(input_, baseline) != nullptr) Add(factor, LabelOf(baseline, factor), baseline, 0);
  }

  void Add(const std::string& factor, const std::string& label, const CellSummary& cell,
           int place) {
    const std::vector<CurvePoint>& curve = *CurveOf(input_, cell);
    AddCurve(curve, x_, TargetLoss(input_.summary), {{"panel", factor}, {"place", place}}, rows_);
    names_.push_back({{"panel", factor}, {"place", place}, {"name", label}});
    last_x_ = std::max(last_x_, curve.back().*x_);
    most_places_ = std::max(most_places_, place);
  }

  // At the upper right, which falling curves leave free.
  void PlaceNames() {
    if (rows_.empty()) return;
    const json domain = LossDomain(rows_, input_.summary.target_value)["domain"];
    const double low = domain[0].get<double>();
    const double high = domain[1].get<double>();
    for (json& name : names_) {
      const double place = name["place"].get<double>();
      name["x"] = Rounded(last_x_);
      name["y"] = Rounded(high - (high - low) * kNameSpacing * place);
      rows_.push_back(name);
    }
  }

  const PlotInput& input_;
  double CurvePoint::*x_;
  json rows_ = json::array(), names_ = json::array(), panels_ = json::array();
  double last_x_ = 0;
  int most_places_ = 0;
};

json ColourByPlace(const Theme& theme, int most_places) {
  // The first category is neutral, as the baseline is.
  const size_t others = theme.categories.size() - 1;
  json domain = {0}, range = {theme.categories.front()};
  for (int place = 1; place <= most_places; ++place) {
    domain.push_back(place);
    range.push_back(theme.categories[1 + static_cast<size_t>(place - 1) % others]);
  }
  return {{"field", "place"},
          {"type", "nominal"},
          {"legend", nullptr},
          {"scale", {{"domain", domain}, {"range", range}}}};
}

json Layer(const char* filter, json mark, json encoding) {
  return {{"transform", {{{"filter", filter}}}},
          {"mark", std::move(mark)},
          {"encoding", std::move(encoding)}};
}

}  // namespace

json OneFactorLossPlot(const PlotInput& input, const Theme& theme, double CurvePoint::*x,
                       const std::string& x_title) {
  const PanelRows panels(input, x);
  if (panels.rows().empty()) return nullptr;
  json encoding = {{"x", QuantitativeAxis("x", x_title, true)},
                   {"y", QuantitativeAxis("y", input.summary.target_metric, false)},
                   {"color", ColourByPlace(theme, panels.most_places())}};
  encoding["x"]["axis"]["tickCount"] = 4;
  encoding["y"]["scale"] = LossDomain(panels.rows(), input.summary.target_value);
  json names = encoding;
  names["text"] = {{"field", "name"}, {"type", "nominal"}};
  json layers = {
      Layer("!isValid(datum.name)", {{"type", "line"}, {"strokeWidth", 1.6}}, encoding),
      Layer("datum.end", {{"type", "point"}, {"filled", true}, {"size", 26}, {"opacity", 1}},
            encoding),
      Layer("isValid(datum.name)",
            {{"type", "text"}, {"align", "right"}, {"baseline", "top"}, {"fontSize", 11}}, names)};
  for (json& layer : TargetLayers(input.summary, theme, panels.last_x())) layers.push_back(layer);
  json plot = PlotBase(theme);
  plot["data"] = {{"values", panels.rows()}};
  plot["facet"] = {
      {"field", "panel"}, {"type", "nominal"}, {"sort", panels.panels()}, {"title", nullptr}};
  plot["columns"] = kPanelsARow;
  plot["spec"] = {{"width", kPanelWidth}, {"height", kPanelHeight}, {"layer", std::move(layers)}};
  return plot;
}

}  // namespace ablate

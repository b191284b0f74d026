// Points: effects of levels, memory against time.
#include <algorithm>
#include <cmath>

#include "harness/report/plots.h"

namespace ablate {

using nlohmann::json;

namespace {

struct Panel {
  const char* response;
  const char* title;
  bool less_is_better;
};
constexpr Panel kPanels[] = {
    {"time_to_target_s", "time to target", true},
    {"examples_to_target", "examples needed", true},
    {"seconds_per_example", "time an example", true},
    {"device_peak_allocated_bytes", "peak memory", true},
};

std::string Verdict(const Ratio& ratio, bool less_is_better) {
  const double change = std::log(*ratio.value);
  const bool may_be_one = ratio.low && ratio.high && *ratio.low <= 1 && *ratio.high >= 1;
  if (may_be_one || std::abs(change) < 0.02) return "no clear change";
  return (change < 0) == less_is_better ? "better" : "worse";
}

// Averages over the other factors where there are any, else simple effects.
bool IsShown(const Summary& summary, const Effect& effect) {
  if (effect.kind == Effect::Kind::kMarginal) return true;
  return std::ranges::none_of(summary.effects, [&](const Effect& other) {
    return other.kind == Effect::Kind::kMarginal && other.response == effect.response &&
           other.factor == effect.factor && other.level == effect.level;
  });
}

const char* ShapeOf(Bound bound) {
  if (bound == Bound::kAtLeast) return "at least";
  return bound == Bound::kAtMost ? "at most" : "measured";
}

json EffectRows(const Summary& summary, json& order, double& widest) {
  json values = json::array();
  for (const Panel& panel : kPanels) {
    for (const Effect& effect : summary.effects) {
      if (effect.response != panel.response || !effect.ratio.value) continue;
      if (!IsShown(summary, effect)) continue;
      const std::string name = effect.factor + ": " + effect.level;
      json row = {{"level", name},
                  {"panel", panel.title},
                  {"ratio", Rounded(*effect.ratio.value)},
                  {"shape", ShapeOf(effect.ratio.bound)},
                  {"verdict", Verdict(effect.ratio, panel.less_is_better)}};
      widest = std::max(widest, std::abs(std::log(*effect.ratio.value)));
      if (effect.ratio.low && effect.ratio.high) {
        row["low"] = Rounded(*effect.ratio.low);
        row["high"] = Rounded(*effect.ratio.high);
        widest = std::max({widest, std::abs(std::log(*effect.ratio.low)),
                           std::abs(std::log(*effect.ratio.high))});
      }
      values.push_back(row);
      if (std::ranges::find(order, json(name)) == order.end()) order.push_back(name);
    }
  }
  return values;
}

// Ticks at powers of two, or of ten where the effects are large; symmetric about 1.
json RatioAxis(double widest) {
  const double half = std::max(widest * 1.15, std::log(1.25));
  json ticks = json::array();
  const double base = half > std::log(20) ? 10 : half > std::log(1.9) ? 2 : 1.25;
  const int steps = static_cast<int>(half / std::log(base));
  for (int i = -steps; i <= steps; ++i) ticks.push_back(Rounded(std::pow(base, i)));
  return {{"field", "ratio"},
          {"type", "quantitative"},
          {"title", nullptr},
          {"scale",
           {{"type", "log"},
            {"nice", false},
            {"domain", {Rounded(std::exp(-half)), Rounded(std::exp(half))}}}},
          {"axis",
           {{"values", ticks},
            {"labelExpr", "format(datum.value, '.3~r') + 'x'"},
            {"labelOverlap", "greedy"}}}};
}

json VerdictColours(const Theme& theme) {
  return {{"field", "verdict"},
          {"type", "nominal"},
          {"title", nullptr},
          {"legend", {{"symbolType", "circle"}}},
          {"scale",
           {{"domain", {"better", "no clear change", "worse"}},
            {"range", {theme.good, theme.neutral, theme.bad}}}}};
}

}  // namespace

namespace {

// The line at 1, the intervals, and the dots of one panel.
json EffectLayers(const Theme& theme, const json& order, double widest) {
  const json y = {{"field", "level"},
                  {"type", "nominal"},
                  {"sort", order},
                  {"title", nullptr},
                  {"axis", {{"labelColor", theme.text}, {"labelLimit", 220}, {"grid", true}}}};
  const json x = RatioAxis(widest);
  json low = x;
  low["field"] = "low";
  const json shape = {{"field", "shape"},
                      {"type", "nominal"},
                      {"legend", nullptr},
                      {"scale",
                       {{"domain", {"measured", "at least", "at most"}},
                        {"range", {"circle", "triangle-right", "triangle-left"}}}}};
  const json colour = VerdictColours(theme);
  return {{{"data", {{"values", {{{"ratio", 1}}}}}},
           {"mark", {{"type", "rule"}, {"color", theme.muted}}},
           {"encoding", {{"x", x}}}},
          {{"transform", {{{"filter", "isValid(datum.low)"}}}},
           {"mark", {{"type", "rule"}, {"strokeWidth", 2.5}}},
           {"encoding", {{"x", low}, {"x2", {{"field", "high"}}}, {"y", y}, {"color", colour}}}},
          {{"mark", {{"type", "point"}, {"filled", true}, {"size", 65}, {"opacity", 1}}},
           {"encoding", {{"x", x}, {"y", y}, {"color", colour}, {"shape", shape}}}}};
}

}  // namespace

json EffectsPlot(const PlotInput& input, const Theme& theme) {
  json order = json::array();
  double widest = 0;
  const json values = EffectRows(input.summary, order, widest);
  if (values.empty()) return nullptr;
  json panels = json::array();
  for (const Panel& panel : kPanels) {
    const bool used =
        std::ranges::any_of(values, [&](const json& v) { return v["panel"] == panel.title; });
    if (used) panels.push_back(panel.title);
  }
  const int count = static_cast<int>(panels.size());
  json plot = PlotBase(theme);
  plot["data"] = {{"values", values}};
  plot["facet"]["column"] = {
      {"field", "panel"}, {"type", "nominal"}, {"sort", panels}, {"title", nullptr}};
  plot["spec"] = {{"width", (kPlotWidth - 155 - 20 * (count - 1)) / count},
                  {"height", 30 * std::max<size_t>(order.size(), 2)},
                  {"layer", EffectLayers(theme, order, widest)}};
  return plot;
}

namespace {

bool AnyDeviceMemory(const Summary& summary) {
  return std::ranges::any_of(summary.cells, [](const CellSummary& cell) {
    return cell.device_peak_allocated_bytes.mean.has_value();
  });
}

json MemoryRows(const PlotInput& input, const Layout& layout) {
  const Summary& summary = input.summary;
  const auto memory = AnyDeviceMemory(summary) ? &CellSummary::device_peak_allocated_bytes
                                               : &CellSummary::host_peak_rss_bytes;
  json values = json::array();
  for (size_t i = 0; i < summary.cells.size(); ++i) {
    const CellSummary& cell = summary.cells[i];
    const Estimate& time = cell.time_to_target_s;
    if (!(cell.*memory).mean || (!time.mean && !time.at_least)) continue;
    json row = {{"cell", cell.short_name},
                {"seconds", Rounded(time.mean ? *time.mean : *time.at_least)},
                {"mib", Rounded(*(cell.*memory).mean / (1024.0 * 1024.0))}};
    row["color"] = layout.color.empty() ? cell.short_name : LabelOf(cell, layout.color);
    const std::string shape = layout.dash.empty() ? layout.column : layout.dash;
    if (!shape.empty()) row["shape"] = LabelOf(cell, shape);
    if (!time.mean) row["name"] = "not reached";
    if (cell.baseline) row["name"] = time.mean ? "baseline" : "baseline, not reached";
    if (summary.fastest && summary.fastest->cell == i) row["name"] = "fastest";
    values.push_back(row);
  }
  return values;
}

json DomainFromZero(const json& values, const char* field) {
  double largest = 0;
  for (const json& row : values) largest = std::max(largest, row[field].get<double>());
  return {{"domain", {0, Rounded(largest * 1.12)}}, {"nice", false}};
}

json Category(const PlotInput& input, const char* field, const std::string& factor) {
  json encoding = {{"field", field}, {"type", "nominal"}, {"title", nullptr}};
  if (factor.empty()) {
    json names = json::array();
    for (const CellSummary& cell : input.summary.cells) {
      if (cell.baseline)
        names.insert(names.begin(), cell.short_name);
      else
        names.push_back(cell.short_name);
    }
    encoding["scale"] = {{"domain", names}};
    encoding["legend"] = {{"columns", 3}, {"symbolType", "circle"}, {"symbolStrokeWidth", 2}};
  } else {
    encoding["title"] = factor;
    encoding["scale"] = {{"domain", LabelsOf(input, factor)}};
  }
  return encoding;
}

}  // namespace

json MemoryPlot(const PlotInput& input, const Theme& theme) {
  const Layout layout = ChooseLayout(input.summary);
  const json values = MemoryRows(input, layout);
  if (values.empty()) return nullptr;
  json plot = PlotBase(theme);
  plot["width"] = kPlotWidth;
  plot["height"] = 340;
  plot["autosize"] = {{"type", "fit"}, {"contains", "padding"}};
  plot["data"] = {{"values", values}};
  const std::string what =
      AnyDeviceMemory(input.summary) ? "peak allocated memory, MiB" : "peak resident memory, MiB";
  plot["encoding"] = {{"x",
                       {{"field", "seconds"},
                        {"type", "quantitative"},
                        {"title", "seconds of training to the target"},
                        {"axis", {{"tickCount", 7}}},
                        {"scale", DomainFromZero(values, "seconds")}}},
                      {"y",
                       {{"field", "mib"},
                        {"type", "quantitative"},
                        {"title", what},
                        {"axis", {{"tickCount", 6}}},
                        {"scale", DomainFromZero(values, "mib")}}}};
  json point = {{"mark", {{"type", "point"}, {"filled", true}, {"size", 110}, {"opacity", 0.9}}},
                {"encoding", {{"color", Category(input, "color", layout.color)}}}};
  const std::string shape = layout.dash.empty() ? layout.column : layout.dash;
  if (!shape.empty()) {
    point["encoding"]["shape"] = Category(input, "shape", shape);
    point["encoding"]["shape"]["legend"] = {{"symbolFillColor", theme.muted},
                                            {"symbolStrokeColor", theme.muted}};
  }
  const json label = {
      {"transform", {{{"filter", "isValid(datum.name)"}}}},
      {"mark", {{"type", "text"}, {"dy", -14}, {"fontSize", 12}, {"color", theme.text}}},
      {"encoding", {{"text", {{"field", "name"}}}}}};
  plot["layer"] = {point, label};
  return plot;
}

}  // namespace ablate

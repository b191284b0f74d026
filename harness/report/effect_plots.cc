// Points: effects of levels.
#include <algorithm>
#include <cmath>

#include "harness/report/effects.h"
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

const char* ShapeOf(Bound bound) {
  if (bound == Bound::kAtLeast) return "at least";
  return bound == Bound::kAtMost ? "at most" : "measured";
}

json EffectRows(const Summary& summary, json& order, double& widest) {
  json values = json::array();
  for (const Panel& panel : kPanels) {
    for (const Effect* shown : MainEffects(summary, panel.response)) {
      const Effect& effect = *shown;
      if (!effect.ratio.value) continue;
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

// Ticks at powers of two, or of ten where the effects are large, or of less where they are small, so
// that there is one on each side; symmetric about 1.
json RatioAxis(double widest) {
  const double half = std::max(widest * 1.15, std::log(1.25));
  json ticks = json::array();
  const double base = half > std::log(20)     ? 10
                      : half >= std::log(2)   ? 2
                      : half >= std::log(1.5) ? 1.5
                                              : 1.25;
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

}  // namespace ablate

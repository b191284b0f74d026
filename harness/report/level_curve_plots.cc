// Steps: the share of a level's runs that reached the target by when.
#include <algorithm>
#include <map>

#include "harness/report/plots.h"

namespace ablate {

using nlohmann::json;

namespace {

constexpr int64_t kFewRuns = 2;         // a curve of fewer is a single step
constexpr double kVisible = 1.0 / 400;  // of the height; a curve of fewer runs keeps every step

// The factors' curves on one response, for factors that have runs enough.
std::map<std::string, std::vector<const LevelCurve*>> CurvesByFactor(const Summary& summary,
                                                                     const char* response) {
  std::map<std::string, std::vector<const LevelCurve*>> by_factor;
  for (const LevelCurve& curve : summary.level_curves) {
    if (curve.response == response) by_factor[curve.factor].push_back(&curve);
  }
  std::erase_if(by_factor, [](const auto& entry) {
    return std::ranges::any_of(entry.second,
                               [](const LevelCurve* c) { return c->runs < kFewRuns; });
  });
  return by_factor;
}

double LastTime(const std::vector<const LevelCurve*>& curves) {
  double last = 0;
  for (const LevelCurve* curve : curves) {
    if (!curve->steps.empty()) last = std::max(last, curve->steps.back().time);
  }
  return last;
}

// The steps that can be seen, and the end of the line.
json StepRows(const std::vector<const LevelCurve*>& curves, double last) {
  json values = json::array();
  for (const LevelCurve* curve : curves) {
    double drawn = 2;  // above every share
    for (const SurvivalStep& step : curve->steps) {
      const bool last_step = &step == &curve->steps.back();
      if (step.censored == 0 && !last_step && drawn - step.unreached < kVisible) continue;
      drawn = step.unreached;
      json row = {
          {"level", curve->level}, {"x", Rounded(step.time)}, {"y", Rounded(1 - step.unreached)}};
      if (step.censored > 0) row["stopped"] = true;
      values.push_back(std::move(row));
    }
    if (curve->steps.empty() || curve->steps.back().time >= last) continue;
    values.push_back({{"level", curve->level},
                      {"x", Rounded(last)},
                      {"y", Rounded(1 - curve->steps.back().unreached)}});
  }
  return values;
}

json Panel(const PlotInput& input, const Theme& theme, const std::string& factor,
           const std::vector<const LevelCurve*>& curves, const char* x_title) {
  const std::vector<std::string> labels = LabelsOf(input, factor);
  const json colour = {{"field", "level"},
                       {"type", "nominal"},
                       {"title", nullptr},
                       {"scale", {{"domain", labels}}},
                       {"legend", {{"symbolType", "stroke"}, {"columns", 3}}}};
  const json x = {{"field", "x"},
                  {"type", "quantitative"},
                  {"title", x_title},
                  {"axis", {{"tickCount", 5}, {"format", "~s"}}}};
  const json y = {{"field", "y"},
                  {"type", "quantitative"},
                  {"title", "runs that reached"},
                  {"axis", {{"format", "~%"}, {"tickCount", 5}}},
                  {"scale", {{"domain", {0, 1}}}}};
  const json encoding = {{"x", x}, {"y", y}, {"color", colour}};
  return {{"title", {{"text", factor}, {"color", theme.text}}},
          {"width", 280},
          {"height", 180},
          {"data", {{"values", StepRows(curves, LastTime(curves))}}},
          {"layer",
           {{{"mark", {{"type", "line"}, {"interpolate", "step-after"}, {"strokeWidth", 2}}},
             {"encoding", encoding}},
            {{"transform", {{{"filter", "datum.stopped"}}}},
             {"mark", {{"type", "point"}, {"shape", "cross"}, {"size", 45}, {"filled", true}}},
             {"encoding", encoding}}}}};
}

json ReachedPlot(const PlotInput& input, const Theme& theme, const char* response,
                 const char* x_title) {
  const auto by_factor = CurvesByFactor(input.summary, response);
  json panels = json::array();
  for (const std::string& factor : input.summary.factors) {
    const auto found = by_factor.find(factor);
    if (found == by_factor.end()) continue;
    panels.push_back(Panel(input, theme, factor, found->second, x_title));
  }
  if (panels.empty()) return nullptr;
  json plot = PlotBase(theme);
  plot["columns"] = 2;
  plot["concat"] = std::move(panels);
  plot["resolve"] = {{"scale", {{"color", "independent"}}}};
  return plot;
}

}  // namespace

json ReachedByTimePlot(const PlotInput& input, const Theme& theme) {
  return ReachedPlot(input, theme, "time_to_target_s", "seconds of training");
}

json ReachedByExamplesPlot(const PlotInput& input, const Theme& theme) {
  return ReachedPlot(input, theme, "examples_to_target", "examples");
}

}  // namespace ablate

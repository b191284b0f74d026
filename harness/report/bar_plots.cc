// Bars: time to target, throughput, padding efficiency.
#include <algorithm>

#include "harness/report/analysis.h"
#include "harness/report/format.h"
#include "harness/report/plots.h"
#include "harness/report/verdict.h"

namespace ablate {

using nlohmann::json;

namespace {

constexpr int kBarStep = 23;  // pixels a bar and its gap
constexpr int kThickBarStep = 34;
constexpr const char* kNotInEverySeed = "target not reached in every seed";

json HorizontalBars(const Theme& theme, const json& values, const json& order,
                    int step = kBarStep) {
  json plot = PlotBase(theme);
  plot["width"] = kPlotWidth;
  plot["height"] = {{"step", step}};
  plot["autosize"] = {{"type", "fit-x"}, {"contains", "padding"}};
  plot["data"] = {{"values", values}};
  plot["encoding"]["y"] = {{"field", "cell"},
                           {"type", "nominal"},
                           {"sort", order},
                           {"title", nullptr},
                           {"axis", {{"labelLimit", 320}, {"labelColor", theme.text}}},
                           {"scale", {{"paddingInner", 0.28}, {"paddingOuter", 0.1}}}};
  return plot;
}

json Bar() { return {{"type", "bar"}, {"cornerRadiusEnd", 2}}; }

json ValueLabel(const Theme& theme, const char* field) {
  return {
      {"mark",
       {{"type", "text"}, {"align", "left"}, {"dx", 5}, {"fontSize", 11}, {"color", theme.text}}},
      {"encoding",
       {{"x", {{"field", field}, {"type", "quantitative"}}},
        {"text", {{"field", "label"}, {"type", "nominal"}}}}}};
}

// Room to the right of the longest bar for its label ("at least 1 min 20 s").
json DomainWithRoom(double longest) {
  return {{"domain", {0, Rounded(longest * 1.25)}}, {"nice", false}};
}

std::string KindOf(const Summary& summary, size_t index) {
  const CellSummary& cell = summary.cells[index];
  if (!ReachedInEverySeed(summary, index)) return kNotInEverySeed;
  if (summary.fastest && summary.fastest->cell == index) return "fastest";
  return cell.baseline ? "baseline" : "other";
}

json Times(const Summary& summary, json& order, double& longest) {
  json values = json::array();
  for (const size_t index : Ranking(summary)) {
    const CellSummary& cell = summary.cells[index];
    const Estimate& time = cell.time_to_target_s;
    if (!time.mean && !time.at_least) continue;
    const double seconds = time.mean ? *time.mean : *time.at_least;
    const double end = time.high.value_or(seconds);
    longest = std::max(longest, end);
    std::string label = Show(time, &Duration);
    if (cell.baseline && cell.short_name != "baseline") label += ", baseline";
    json row = {{"cell", cell.short_name},
                {"seconds", Rounded(seconds)},
                {"end", Rounded(end)},
                {"kind", KindOf(summary, index)},
                {"label", label}};
    if (time.low && time.high) {
      row["low"] = Rounded(*time.low);
      row["high"] = Rounded(*time.high);
    }
    values.push_back(row);
    order.push_back(cell.short_name);
  }
  return values;
}

json KindColours(const Theme& theme, const json& values) {
  const std::pair<const char*, std::string> kinds[] = {{"fastest", theme.strong},
                                                       {"other", theme.accent},
                                                       {"baseline", theme.neutral},
                                                       {kNotInEverySeed, theme.faint}};
  json domain = json::array(), range = json::array();
  for (const auto& [kind, colour] : kinds) {
    const bool used =
        std::ranges::any_of(values, [&kind = kind](const json& v) { return v["kind"] == kind; });
    if (!used) continue;
    domain.push_back(kind);
    range.push_back(colour);
  }
  return {{"field", "kind"},
          {"type", "nominal"},
          {"title", nullptr},
          {"scale", {{"domain", domain}, {"range", range}}},
          {"legend", {{"symbolType", "square"}, {"symbolStrokeWidth", 0}}}};
}

}  // namespace

json TimeToTargetPlot(const PlotInput& input, const Theme& theme) {
  json order = json::array();
  double longest = 0;
  const json values = Times(input.summary, order, longest);
  if (values.empty()) return nullptr;
  json plot = HorizontalBars(theme, values, order);
  const json x = {{"field", "seconds"},
                  {"type", "quantitative"},
                  {"title", "seconds of training to " + TargetWords(input.summary)},
                  {"axis", {{"tickCount", 6}}},
                  {"scale", DomainWithRoom(longest)}};
  plot["layer"] = {
      {{"mark", Bar()}, {"encoding", {{"x", x}, {"color", KindColours(theme, values)}}}},
      {{"transform", {{{"filter", "isValid(datum.low)"}}}},
       {"mark", {{"type", "rule"}, {"strokeWidth", 1.5}, {"color", theme.text}}},
       {"encoding",
        {{"x", {{"field", "low"}, {"type", "quantitative"}}}, {"x2", {{"field", "high"}}}}}},
      ValueLabel(theme, "end")};
  return plot;
}

json ThroughputPlot(const PlotInput& input, const Theme& theme) {
  std::vector<const CellSummary*> cells;
  for (const CellSummary& cell : input.summary.cells) {
    if (cell.target_tokens_per_s.mean) cells.push_back(&cell);
  }
  if (cells.empty()) return nullptr;
  std::ranges::stable_sort(cells, std::greater(),
                           [](const CellSummary* cell) { return *cell->target_tokens_per_s.mean; });
  json values = json::array(), order = json::array();
  double longest = 0;
  for (const CellSummary* cell : cells) {
    const double real = *cell->target_tokens_per_s.mean;
    longest = std::max(longest, real);
    values.push_back({{"cell", cell->short_name},
                      {"real", Rounded(real)},
                      {"kind", cell->baseline ? "baseline" : "cell"},
                      {"label", Count(real)}});
    order.push_back(cell->short_name);
  }
  json plot = HorizontalBars(theme, values, order);
  const json x = {{"field", "real"},
                  {"type", "quantitative"},
                  {"title", "real target tokens a second (padding not counted)"},
                  {"axis", {{"tickCount", 6}, {"format", "~s"}}},
                  {"scale", DomainWithRoom(longest)}};
  const json colour = {
      {"field", "kind"},
      {"type", "nominal"},
      {"legend", nullptr},
      {"scale", {{"domain", {"cell", "baseline"}}, {"range", {theme.accent, theme.neutral}}}}};
  plot["layer"] = {{{"mark", Bar()}, {"encoding", {{"x", x}, {"color", colour}}}},
                   ValueLabel(theme, "real")};
  return plot;
}

namespace {

// Padding efficiency by level of the padding factor, where the suite has one; else by cell.
json Efficiencies(const PlotInput& input, json& order) {
  const auto& factors = input.summary.factors;
  const bool by_level = std::ranges::find(factors, "padding") != factors.end();
  std::vector<std::pair<std::string, std::vector<double>>> groups;
  if (by_level) {
    for (const std::string& label : LabelsOf(input, "padding")) groups.push_back({label, {}});
  }
  for (const CellSummary& cell : input.summary.cells) {
    if (!cell.padding_efficiency.mean) continue;
    const std::string name = by_level ? LabelOf(cell, "padding") : cell.short_name;
    auto group = std::ranges::find(groups, name, [](const auto& g) { return g.first; });
    if (group == groups.end()) group = groups.insert(groups.end(), {name, {}});
    group->second.push_back(*cell.padding_efficiency.mean);
  }
  json values = json::array();
  for (const auto& [name, shares] : groups) {
    if (shares.empty()) continue;
    double sum = 0;
    for (const double share : shares) sum += share;
    const double mean = sum / static_cast<double>(shares.size());
    values.push_back({{"cell", name},
                      {"share", Rounded(mean)},
                      {"rest", 1},
                      {"label", Percent(mean) + " real tokens"}});
    order.push_back(name);
  }
  return values;
}

}  // namespace

json PaddingPlot(const PlotInput& input, const Theme& theme) {
  json order = json::array();
  const json values = Efficiencies(input, order);
  if (values.empty()) return nullptr;
  json plot = HorizontalBars(theme, values, order, kThickBarStep);
  json x = {{"field", "rest"},
            {"type", "quantitative"},
            {"title", "share of the tokens computed that are real; the rest is padding"},
            {"axis", {{"format", "~%"}, {"tickCount", 5}, {"grid", false}}},
            {"scale", {{"domain", {0, 1}}}}};
  const json backdrop = {
      {"mark", {{"type", "bar"}, {"cornerRadiusEnd", 2}, {"color", theme.faint}}},
      {"encoding", {{"x", x}}}};
  x["field"] = "share";
  const json share = {{"mark", {{"type", "bar"}, {"color", theme.accent}}},
                      {"encoding", {{"x", x}}}};
  json label = ValueLabel(theme, "share");
  label["mark"].update(
      {{"align", "right"}, {"dx", -6}, {"color", "#ffffff"}, {"fontWeight", "bold"}});
  plot["layer"] = {backdrop, share, label};
  return plot;
}

}  // namespace ablate

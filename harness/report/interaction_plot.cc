// Lines: time to target by the levels of two factors, for the strongest interactions.
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "harness/report/format.h"
#include "harness/report/plots.h"

namespace ablate {

using nlohmann::json;

namespace {

constexpr size_t kPanels = 4;
constexpr size_t kMostLines = 8;  // no more than there are colours

double Strength(const Interaction& interaction) {
  return std::abs(std::log(*interaction.ratio.value));
}

// Beyond doubt first, then the larger one.
bool IsStronger(const Interaction* a, const Interaction* b) {
  const auto key = [](const Interaction* interaction) {
    const Ratio& ratio = interaction->ratio;
    const bool sure = ratio.low && ratio.high && (*ratio.low > 1 || *ratio.high < 1);
    return std::pair(sure, Strength(*interaction));
  };
  return key(a) > key(b);
}

// The strongest interaction on time of every two factors, the strongest first.
std::vector<const Interaction*> Strongest(const Summary& summary) {
  std::map<std::array<std::string, 2>, const Interaction*> by_pair;
  for (const Interaction& interaction : summary.interactions) {
    if (interaction.response != "time_to_target_s" || !interaction.ratio.value) continue;
    const Interaction*& best = by_pair[interaction.factors];
    if (best == nullptr || IsStronger(&interaction, best)) best = &interaction;
  }
  std::vector<const Interaction*> strongest;
  for (const auto& [factors, interaction] : by_pair) strongest.push_back(interaction);
  std::ranges::stable_sort(strongest, IsStronger);
  return strongest;
}

using LevelPair = std::pair<std::string, std::string>;

// Geometric means over the settings of the other factors that have a time at every pair of levels;
// empty where there is no such setting.
std::map<LevelPair, double> MeanTimes(const Summary& summary, const std::string& x,
                                      const std::string& line) {
  std::map<FactorLabels, std::map<LevelPair, double>> settings;
  std::set<LevelPair> pairs;
  for (const CellSummary& cell : summary.cells) {
    const LevelPair pair(LabelOf(cell, x), LabelOf(cell, line));
    pairs.insert(pair);
    if (!cell.time_to_target_s.mean) continue;
    FactorLabels others = cell.factors;
    std::erase_if(others, [&](const auto& f) { return f.first == x || f.first == line; });
    settings[others][pair] = std::log(*cell.time_to_target_s.mean);
  }
  std::erase_if(settings, [&](const auto& s) { return s.second.size() != pairs.size(); });
  std::map<LevelPair, double> means;
  for (const auto& [others, times] : settings) {
    for (const auto& [pair, log_time] : times) {
      means[pair] += log_time / static_cast<double>(settings.size());
    }
  }
  for (auto& [pair, mean] : means) mean = std::exp(mean);
  return means;
}

// Round numbers within the limits, evenly spread on a log axis.
json Ticks(double low, double high) {
  json ticks = json::array();
  for (double ten = std::pow(10, std::floor(std::log10(low))); ten <= high; ten *= 10) {
    for (const double step : {1.0, 1.5, 2.0, 3.0, 5.0, 7.0}) {
      if (step * ten >= low && step * ten <= high) ticks.push_back(Rounded(step * ten));
    }
  }
  return ticks;
}

json TimeAxis(const std::map<LevelPair, double>& means) {
  double low = means.begin()->second, high = low;
  for (const auto& [pair, mean] : means) {
    low = std::min(low, mean);
    high = std::max(high, mean);
  }
  const double room = std::max(1.1, std::pow(high / low, 0.15));
  low /= room;
  high *= room;
  return {{"field", "seconds"},
          {"type", "quantitative"},
          {"title", "seconds to target"},
          {"axis", {{"values", Ticks(low, high)}, {"format", "~s"}}},
          {"scale", {{"type", "log"}, {"nice", false}, {"domain", {Rounded(low), Rounded(high)}}}}};
}

std::string Title(const Interaction& interaction) {
  const Ratio& ratio = interaction.ratio;
  const std::string limits =
      ratio.low && ratio.high ? " (" + Limits(ratio.low, ratio.high) + ")" : "";
  return interaction.levels[0] + " with " + interaction.levels[1] + ": " + PlainRatio(ratio) +
         limits;
}

json Panel(const PlotInput& input, const Theme& theme, const Interaction& interaction) {
  std::array<std::string, 2> factors = interaction.factors;
  if (LabelsOf(input, factors[1]).size() > LabelsOf(input, factors[0]).size()) {
    std::swap(factors[0], factors[1]);
  }
  const std::vector<std::string> levels = LabelsOf(input, factors[0]);
  const std::vector<std::string> lines = LabelsOf(input, factors[1]);
  const auto means = MeanTimes(input.summary, factors[0], factors[1]);
  if (means.empty() || lines.size() > kMostLines) return nullptr;
  json values = json::array();
  for (const auto& [pair, mean] : means) {
    values.push_back({{"level", pair.first}, {"line", pair.second}, {"seconds", Rounded(mean)}});
  }
  const json encoding = {{"x",
                          {{"field", "level"},
                           {"type", "ordinal"},
                           {"sort", levels},
                           {"title", factors[0]},
                           {"scale", {{"type", "point"}, {"padding", 0.35}}},
                           {"axis", {{"labelAngle", 0}, {"labelOverlap", "greedy"}}}}},
                         {"y", TimeAxis(means)},
                         {"color",
                          {{"field", "line"},
                           {"type", "nominal"},
                           {"title", factors[1]},
                           {"scale", {{"domain", lines}}},
                           {"legend", {{"symbolType", "stroke"}, {"columns", 3}}}}}};
  return {{"title", {{"text", Title(interaction)}, {"color", theme.text}, {"fontSize", 12}}},
          {"width", 280},
          {"height", 190},
          {"data", {{"values", values}}},
          {"encoding", encoding},
          {"layer",
           {{{"mark", {{"type", "line"}, {"strokeWidth", 2}}}},
            {{"mark", {{"type", "point"}, {"filled", true}, {"size", 60}, {"opacity", 1}}}}}}};
}

}  // namespace

json InteractionsPlot(const PlotInput& input, const Theme& theme) {
  json panels = json::array();
  for (const Interaction* interaction : Strongest(input.summary)) {
    if (panels.size() == kPanels) break;
    json panel = Panel(input, theme, *interaction);
    if (!panel.is_null()) panels.push_back(std::move(panel));
  }
  if (panels.empty()) return nullptr;
  json plot = PlotBase(theme);
  plot["columns"] = 2;
  plot["concat"] = std::move(panels);
  plot["resolve"] = {{"scale", {{"color", "independent"}}}};
  return plot;
}

}  // namespace ablate

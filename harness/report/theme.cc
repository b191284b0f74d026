#include "harness/report/theme.h"

namespace ablate {

using nlohmann::json;

const Theme& LightTheme() {
  static const Theme theme = {
      .text = "#1f2328",
      .muted = "#59636e",
      .grid = "#e4e8ec",
      .accent = "#4a8fc7",
      .strong = "#0b5394",
      .neutral = "#6e7781",
      .faint = "#d5dde5",
      .good = "#0072b2",
      .bad = "#d55e00",
      .categories = {"#6e7781", "#0072b2", "#d55e00", "#009e73", "#b5579a", "#e69f00", "#56b4e9",
                     "#7a4fbf"},
  };
  return theme;
}

const Theme& DarkTheme() {
  static const Theme theme = {
      .text = "#e6edf3",
      .muted = "#9198a1",
      .grid = "#2a313a",
      .accent = "#4f94cd",
      .strong = "#8cc8ff",
      .neutral = "#8b949e",
      .faint = "#333c47",
      .good = "#5bb0f0",
      .bad = "#ff9455",
      .categories = {"#9aa4af", "#5bb0f0", "#ff9455", "#3ecf9b", "#e58fcb", "#f2c14e", "#8ed1f5",
                     "#b79bff"},
  };
  return theme;
}

json PlotBase(const Theme& theme) {
  const json label = {{"labelColor", theme.muted},
                      {"labelFontSize", 11},
                      {"titleColor", theme.muted},
                      {"titleFontSize", 12},
                      {"titleFontWeight", "normal"}};
  json axis = label;
  axis.update({{"gridColor", theme.grid},
               {"domain", false},
               {"ticks", false},
               {"labelPadding", 6},
               {"titlePadding", 10}});
  json legend = label;
  legend.update(
      {{"orient", "top"},
       {"symbolStrokeWidth", 2.5},
       {"symbolSize", 90},
       {"columnPadding", 16},
       {"labelLimit", 300},
       {"layout", {{"top", {{"anchor", "start"}, {"direction", "horizontal"}, {"margin", 28}}}}}});
  json header = label;
  header.update({{"labelColor", theme.text},
                 {"labelFontSize", 12},
                 {"labelFontWeight", "bold"},
                 {"title", nullptr}});
  json title = {{"color", theme.text},    {"subtitleColor", theme.muted},
                {"anchor", "start"},      {"frame", "group"},
                {"fontSize", 14},         {"fontWeight", 600},
                {"subtitleFontSize", 12}, {"offset", 14},
                {"subtitlePadding", 5}};
  return {{"$schema", "https://vega.github.io/schema/vega-lite/v5.json"},
          {"background", nullptr},
          {"padding", 8},
          {"config",
           {{"font", "Helvetica, Arial, 'Liberation Sans', sans-serif"},
            {"view", {{"stroke", nullptr}}},
            {"axis", axis},
            {"legend", legend},
            {"header", header},
            {"title", title},
            {"range", {{"category", theme.categories}}}}}};
}

}  // namespace ablate

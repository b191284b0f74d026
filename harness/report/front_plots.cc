// Points: what time to the target costs in memory, and in quality.
#include <algorithm>
#include <cmath>

#include "harness/report/analysis.h"
#include "harness/report/fronts.h"
#include "harness/report/plots.h"

namespace ablate {

using nlohmann::json;

namespace {

bool AnyDeviceMemory(const Summary& summary) {
  return std::ranges::any_of(summary.cells, [](const CellSummary& cell) {
    return cell.device_peak_allocated_bytes.mean.has_value();
  });
}

// What stands against time.
struct Against {
  Estimate CellSummary::*estimate;
  double unit;
  const char* title;
  bool less_is_better;
  bool from_zero;
};

const char* NameOf(const Summary& summary, size_t index) {
  const CellSummary& cell = summary.cells[index];
  const bool reached = cell.time_to_target_s.mean.has_value();
  if (summary.fastest && summary.fastest->cell == index) return "fastest";
  const bool in_every_seed = ReachedInEverySeed(summary, index);
  const char* doubt = in_every_seed ? "" : reached ? "runs missing" : "not reached";
  if (!cell.baseline) return doubt;
  return in_every_seed ? "baseline" : reached ? "baseline, runs missing" : "baseline, not reached";
}

json CellRow(const Summary& summary, size_t index, const Against& against, const Layout& layout) {
  const CellSummary& cell = summary.cells[index];
  const Estimate& time = cell.time_to_target_s;
  json row = {{"cell", cell.short_name},
              {"seconds", Rounded(time.mean ? *time.mean : *time.at_least)},
              {"value", Rounded(*(cell.*against.estimate).mean / against.unit)}};
  row["color"] = layout.color.empty() ? cell.short_name : LabelOf(cell, layout.color);
  const std::string shape = layout.dash.empty() ? layout.column : layout.dash;
  if (!shape.empty()) row["shape"] = LabelOf(cell, shape);
  const std::string name = NameOf(summary, index);
  if (!name.empty()) row["name"] = name;
  return row;
}

// Marks the rows of cells that reached the target in every seed and that no other beats in both.
void MarkFrontOfTwo(const std::vector<bool>& reached, bool less_is_better, json& values) {
  std::vector<std::vector<double>> points;
  std::vector<size_t> rows;
  for (size_t i = 0; i < values.size(); ++i) {
    if (!reached[i]) continue;
    const double value = values[i]["value"].get<double>();
    points.push_back({values[i]["seconds"].get<double>(), less_is_better ? value : -value});
    rows.push_back(i);
  }
  const std::vector<bool> front = FrontOf(points);
  for (size_t i = 0; i < rows.size(); ++i) {
    if (front[i]) values[rows[i]]["front"] = true;
  }
}

json CellRows(const PlotInput& input, const Against& against, const Layout& layout) {
  const Summary& summary = input.summary;
  json values = json::array();
  std::vector<bool> reached;
  for (size_t i = 0; i < summary.cells.size(); ++i) {
    const CellSummary& cell = summary.cells[i];
    const Estimate& time = cell.time_to_target_s;
    if (!(cell.*against.estimate).mean || (!time.mean && !time.at_least)) continue;
    values.push_back(CellRow(summary, i, against, layout));
    reached.push_back(ReachedInEverySeed(summary, i));
  }
  MarkFrontOfTwo(reached, against.less_is_better, values);
  return values;
}

// Room for labels above; from zero where differences should be seen for what they are.
json Domain(const json& values, const char* field, bool from_zero) {
  double lowest = values[0][field].get<double>(), highest = lowest;
  for (const json& row : values) {
    lowest = std::min(lowest, row[field].get<double>());
    highest = std::max(highest, row[field].get<double>());
  }
  if (from_zero) return {{"domain", {0, Rounded(highest * 1.12)}}, {"nice", false}};
  const double room = std::max(0.12 * (highest - lowest), 1e-3 * std::abs(highest));
  return {{"domain", {Rounded(lowest - room), Rounded(highest + room)}}, {"nice", false}};
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

// A step along the front: nothing lies both to the left of it and on its better side.
json FrontLine(const Theme& theme) {
  return {{"transform", {{{"filter", "datum.front"}}}},
          {"mark",
           {{"type", "line"},
            {"interpolate", "step-after"},
            {"strokeDash", {4, 4}},
            {"color", theme.muted}}},
          {"encoding", {{"order", {{"field", "seconds"}, {"type", "quantitative"}}}}}};
}

json AgainstTimePlot(const PlotInput& input, const Theme& theme, const Against& against) {
  const Layout layout = ChooseLayout(input.summary);
  const json values = CellRows(input, against, layout);
  if (values.empty()) return nullptr;
  json plot = PlotBase(theme);
  plot["width"] = kPlotWidth;
  plot["height"] = 340;
  plot["autosize"] = {{"type", "fit"}, {"contains", "padding"}};
  plot["data"] = {{"values", values}};
  plot["encoding"] = {{"x",
                       {{"field", "seconds"},
                        {"type", "quantitative"},
                        {"title", "seconds of training to the target"},
                        {"axis", {{"tickCount", 7}}},
                        {"scale", Domain(values, "seconds", true)}}},
                      {"y",
                       {{"field", "value"},
                        {"type", "quantitative"},
                        {"title", against.title},
                        {"axis", {{"tickCount", 6}}},
                        {"scale", Domain(values, "value", against.from_zero)}}}};
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
  plot["layer"] = {FrontLine(theme), point, label};
  return plot;
}

}  // namespace

json MemoryPlot(const PlotInput& input, const Theme& theme) {
  constexpr double kMiB = 1024.0 * 1024.0;
  const Against device = {&CellSummary::device_peak_allocated_bytes, kMiB,
                          "peak allocated memory, MiB", true, true};
  const Against host = {&CellSummary::host_peak_rss_bytes, kMiB, "peak resident memory, MiB", true,
                        true};
  return AgainstTimePlot(input, theme, AnyDeviceMemory(input.summary) ? device : host);
}

json QualityPlot(const PlotInput& input, const Theme& theme) {
  const bool bleu = std::ranges::any_of(
      input.summary.cells, [](const CellSummary& cell) { return cell.bleu.mean.has_value(); });
  const Against by_bleu = {&CellSummary::bleu, 1, "BLEU", false, false};
  const Against by_loss = {&CellSummary::valid_loss, 1, "validation loss", true, false};
  return AgainstTimePlot(input, theme, bleu ? by_bleu : by_loss);
}

}  // namespace ablate

#include "harness/report/curve_values.h"

#include <algorithm>

#include "harness/report/format.h"

namespace ablate {

using nlohmann::json;

namespace {

constexpr size_t kPointsPerCurve = 150;

}  // namespace

const std::vector<CurvePoint>* CurveOf(const PlotInput& input, const CellSummary& cell) {
  const auto found = input.results.evidence.find(cell.representative);
  if (found == input.results.evidence.end() || found->second.curve.empty()) return nullptr;
  return &found->second.curve;
}

void AddCurve(const std::vector<CurvePoint>& curve, double CurvePoint::*x, CurveValue value,
              const json& identity, json& rows) {
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
    rows.push_back(std::move(row));
  }
}

CurveValue TargetLoss(const Summary& summary) {
  if (summary.target_metric == "valid_loss") {
    return [](const CurvePoint& point) { return point.valid_loss; };
  }
  return [](const CurvePoint& point) { return point.train_loss; };
}

json LossDomain(const json& rows, double target) {
  double lowest = target, highest = target;
  for (const json& row : rows) {
    lowest = std::min(lowest, row["y"].get<double>());
    highest = std::max(highest, row["y"].get<double>());
  }
  return {{"domain", {Rounded(lowest - 0.1 * (highest - lowest)), Rounded(highest)}},
          {"nice", false},
          {"zero", false}};
}

json QuantitativeAxis(const char* field, const std::string& title, bool from_zero) {
  return {{"field", field},
          {"type", "quantitative"},
          {"title", title},
          {"scale", {{"zero", from_zero}, {"nice", true}}},
          {"axis", {{"tickCount", 6}}}};
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

}  // namespace ablate

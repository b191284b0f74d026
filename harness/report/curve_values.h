// Runs' curves as rows of a plot.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "harness/report/plots.h"

namespace ablate {

// The curve of the cell's representative run; nullptr where the results have none.
const std::vector<CurvePoint>* CurveOf(const PlotInput& input, const CellSummary& cell);

// Adds a row {x, y, and what `identity` holds} for every n-th point that `value` has a value for,
// and for the last, whose row has "end": true.
using CurveValue = std::optional<double> (*)(const CurvePoint& point);
void AddCurve(const std::vector<CurvePoint>& curve, double CurvePoint::*x, CurveValue value,
              const nlohmann::json& identity, nlohmann::json& rows);

// The loss that the target is set in.
CurveValue TargetLoss(const Summary& summary);

// Of "y" in `rows` and the target, with room below the target for its label.
nlohmann::json LossDomain(const nlohmann::json& rows, double target);

nlohmann::json QuantitativeAxis(const char* field, const std::string& title, bool from_zero);

// A line at the target, and its label at `last_x`.
nlohmann::json TargetLayers(const Summary& summary, const Theme& theme, double last_x);

// Loss curves of a design of one factor at a time: a panel a factor, with the baseline's curve in
// each. Null where there is no curve.
nlohmann::json OneFactorLossPlot(const PlotInput& input, const Theme& theme, double CurvePoint::*x,
                                 const std::string& x_title);

}  // namespace ablate

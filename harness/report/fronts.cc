#include "harness/report/fronts.h"

#include <algorithm>

#include "harness/report/analysis.h"

namespace ablate {
namespace {

using Member = Estimate CellSummary::*;

struct Objective {
  const char* response;
  Member estimate;
  double sign;  // -1 where more is better
};

constexpr Objective kTime = {"time_to_target_s", &CellSummary::time_to_target_s, 1};
constexpr Objective kDeviceMemory = {"device_peak_allocated_bytes",
                                     &CellSummary::device_peak_allocated_bytes, 1};
constexpr Objective kHostMemory = {"host_peak_rss_bytes", &CellSummary::host_peak_rss_bytes, 1};
constexpr Objective kBleu = {"bleu", &CellSummary::bleu, -1};
constexpr Objective kValidLoss = {"valid_loss", &CellSummary::valid_loss, 1};

// The first of two that every cell with a time has.
void AddKnown(const Summary& summary, const Objective& first, const Objective& second,
              std::vector<Objective>& objectives) {
  const auto known = [&](const Objective& objective) {
    for (size_t i = 0; i < summary.cells.size(); ++i) {
      if (ReachedInEverySeed(summary, i) && !(summary.cells[i].*objective.estimate).mean)
        return false;
    }
    return true;
  };
  if (known(first)) {
    objectives.push_back(first);
  } else if (known(second)) {
    objectives.push_back(second);
  }
}

bool Dominates(const std::vector<double>& a, const std::vector<double>& b) {
  bool better = false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] > b[i]) return false;
    better |= a[i] < b[i];
  }
  return better;
}

}  // namespace

std::vector<bool> FrontOf(const std::vector<std::vector<double>>& points) {
  std::vector<bool> front;
  for (const auto& point : points) {
    front.push_back(
        std::ranges::none_of(points, [&](const auto& other) { return Dominates(other, point); }));
  }
  return front;
}

void MarkFront(Summary& summary) {
  std::vector<Objective> objectives = {kTime};
  AddKnown(summary, kDeviceMemory, kHostMemory, objectives);
  AddKnown(summary, kBleu, kValidLoss, objectives);
  std::vector<CellSummary*> cells;
  std::vector<std::vector<double>> points;
  for (size_t i = 0; i < summary.cells.size(); ++i) {
    CellSummary& cell = summary.cells[i];
    if (!ReachedInEverySeed(summary, i)) continue;
    cells.push_back(&cell);
    points.emplace_back();
    for (const Objective& objective : objectives) {
      points.back().push_back(objective.sign * *(cell.*objective.estimate).mean);
    }
  }
  if (cells.empty()) return;
  for (const Objective& objective : objectives) summary.objectives.emplace_back(objective.response);
  const std::vector<bool> front = FrontOf(points);
  for (size_t i = 0; i < cells.size(); ++i) cells[i]->on_front = front[i];
}

}  // namespace ablate

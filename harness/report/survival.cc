#include "harness/report/survival.h"

#include <algorithm>
#include <cmath>

namespace ablate {

std::vector<SurvivalStep> KaplanMeier(std::span<const SurvivalTime> runs) {
  if (runs.empty()) return {};
  std::vector<SurvivalTime> sorted(runs.begin(), runs.end());
  std::ranges::sort(sorted, {}, &SurvivalTime::time);
  auto at_risk = static_cast<int64_t>(sorted.size());
  std::vector<SurvivalStep> steps{{0, at_risk, 0, 0, 1}};
  for (const SurvivalTime& run : sorted) {
    if (!std::isfinite(run.time)) break;
    if (run.time != steps.back().time) steps.push_back({run.time, at_risk, 0, 0, 1});
    (run.censored ? steps.back().censored : steps.back().reached) += 1;
    --at_risk;
  }
  double unreached = 1;
  for (SurvivalStep& step : steps) {
    const double share = static_cast<double>(step.reached) / static_cast<double>(step.at_risk);
    step.unreached = unreached *= 1 - share;
  }
  return steps;
}

std::optional<double> RestrictionTime(std::span<const SurvivalTime> runs) {
  std::optional<double> stopped, reached;
  for (const SurvivalTime& run : runs) {
    if (!std::isfinite(run.time)) continue;
    if (run.censored) {
      stopped = std::min(stopped.value_or(run.time), run.time);
    } else {
      reached = std::max(reached.value_or(run.time), run.time);
    }
  }
  return stopped ? stopped : reached;
}

std::optional<double> RestrictedMean(std::span<const SurvivalTime> runs, double tau) {
  const std::vector<SurvivalStep> steps = KaplanMeier(runs);
  if (steps.empty()) return std::nullopt;
  double area = 0;
  for (size_t i = 0; i < steps.size() && steps[i].time < tau; ++i) {
    const double end = i + 1 < steps.size() ? std::min(tau, steps[i + 1].time) : tau;
    area += steps[i].unreached * (end - steps[i].time);
  }
  return area;
}

}  // namespace ablate
